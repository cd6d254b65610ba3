from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from services.cli import kubeconfig
from services.cli.pki import Pki
from services.foundation.tls import Identity

SERVER = "https://127.0.0.1:6443"


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    pki = Pki(tmp_path_factory.mktemp("pki"))
    pki.ensure([], [])
    return pki.identity("admin")


def test_merge_keeps_what_is_there(tmp_path: Path, identity: Identity) -> None:
    path = tmp_path / "config"
    other = {"name": "other", "context": {"cluster": "c", "user": "u"}}
    path.write_text(yaml.safe_dump({"contexts": [other], "preferences": {"colors": True}, "current-context": "other"}))
    kubeconfig.merge(path, SERVER, identity)
    kubeconfig.merge(path, SERVER, identity)
    config = yaml.safe_load(path.read_text())
    assert [context["name"] for context in config["contexts"]] == ["other", "pinnace"]
    assert config["preferences"] == {"colors": True}
    assert config["current-context"] == "pinnace"
    assert path.stat().st_mode & 0o777 == 0o600


def test_remove_takes_out_only_ours(tmp_path: Path, identity: Identity) -> None:
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump({"contexts": [{"name": "other", "context": {}}]}))
    kubeconfig.merge(path, SERVER, identity)
    kubeconfig.remove(path)
    config = yaml.safe_load(path.read_text())
    assert [context["name"] for context in config["contexts"]] == ["other"]
    assert config["current-context"] == "other"
    assert config["users"] == []


@pytest.mark.parametrize("text", ["- a list", "a: [", "just words"])
def test_a_file_that_is_no_kubeconfig_is_refused_and_kept(tmp_path: Path, identity: Identity, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(ValueError, match="config"):
        kubeconfig.merge(path, SERVER, identity)
    assert path.read_text() == text
