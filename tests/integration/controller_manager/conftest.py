"""A control plane whose controller-managers a test starts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.client.sdk import Client
from tests.integration.conftest import Etcd
from tests.integration.plane import Plane


@pytest.fixture
def plane(tmp_path: Path, etcd: Etcd) -> Iterator[Plane]:
    made = Plane(tmp_path, etcd)
    yield made
    made.stop()


@pytest.fixture
async def client(plane: Plane) -> AsyncIterator[Client]:
    """An administrator's, of a running apiserver."""
    plane.apiserver()
    async with Client(plane.address, identity=plane.pki.identity("admin")) as opened:
        yield opened
