"""What a kubeconfig says, as far as gRPC can use it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.client.sdk import kubeconfig


def write(folder: Path, cluster: dict[str, Any], user: dict[str, Any]) -> Path:
    config = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
    }
    path = folder / "config"
    path.write_text(yaml.safe_dump(config))
    return path


def test_inline_certificates_and_the_port_after_the_servers(tmp_path: Path) -> None:
    encode = lambda text: base64.b64encode(text).decode()  # noqa: E731
    cluster = {"server": "https://10.0.0.1:6443", "certificate-authority-data": encode(b"CA")}
    user = {"client-certificate-data": encode(b"CERT"), "client-key-data": encode(b"KEY")}
    access = kubeconfig.load(write(tmp_path, cluster, user))
    assert access.grpc_address == "10.0.0.1:6444"
    assert (access.credentials.ca, access.credentials.certificate, access.credentials.key) == (b"CA", b"CERT", b"KEY")


def test_files_are_relative_to_the_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(b"CA")
    (tmp_path / "token").write_text("secret\n")
    cluster = {"server": "https://[::1]", "certificate-authority": "ca.pem", "tls-server-name": "kubernetes"}
    access = kubeconfig.load(write(tmp_path, cluster, {"tokenFile": "token"}))
    assert access.grpc_address == "[::1]:445"
    assert (access.credentials.ca, access.credentials.server_name, access.token) == (b"CA", "kubernetes", "secret")


@pytest.mark.parametrize(
    ("cluster", "user", "problem"),
    [
        ({"server": "https://a:1", "insecure-skip-tls-verify": True}, {}, "insecure-skip-tls-verify"),
        ({"server": "https://a:1"}, {"exec": {"command": "x"}}, "'exec'"),
        ({"server": "http://a:1"}, {}, "not an https address"),
    ],
)
def test_what_grpc_cannot_do_is_said(
    tmp_path: Path, cluster: dict[str, Any], user: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        kubeconfig.load(write(tmp_path, cluster, user))


def test_a_missing_context_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no context named 'there'"):
        kubeconfig.load(write(tmp_path, {"server": "https://a:1"}, {}), "there")
