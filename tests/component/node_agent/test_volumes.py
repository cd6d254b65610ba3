"""Volumes that cannot be made say which one it was."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from services.node_agent.pods.downward import Surroundings
from services.node_agent.references import References
from services.node_agent.volumes.volumes import VolumeError, Volumes


async def test_the_volume_is_named(tmp_path: Path) -> None:
    volumes = Volumes(tmp_path, cast(References, None))
    missing = {"path": str(tmp_path / "none"), "type": "Directory"}
    pod = {"metadata": {"uid": "u", "name": "p", "namespace": "n"},
           "spec": {"volumes": [{"name": "v", "hostPath": missing}]}}  # fmt: skip
    with pytest.raises(VolumeError, match=r'^MountVolume\.SetUp failed for volume "v" : hostPath type check failed'):
        await volumes.prepare(pod, cast(Surroundings, None))
