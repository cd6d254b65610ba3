from __future__ import annotations

import base64
import ssl
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.cli.pki import Pki
from services.load.endpoint import EndpointError, from_kubeconfig, from_server


def written(path: Path, cluster: dict[str, Any], user: dict[str, Any], **more: Any) -> Path:
    config = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}},
                     {"name": "there", "context": {"cluster": "d"}}],
        "clusters": [{"name": "c", "cluster": cluster},
                     {"name": "d", "cluster": {"server": "http://10.0.0.1:8080/prefix/"}}],
        "users": [{"name": "u", "user": user}],
        **more,
    }  # fmt: skip
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    made = Pki(tmp_path_factory.mktemp("pki"))
    made.ensure([], ["127.0.0.1"])
    return made


def test_certificates_in_files_and_inline(pki: Pki, tmp_path: Path) -> None:
    admin = pki.identity("admin")
    ca, certificate, key = (base64.b64encode(file.read_bytes()).decode() for file in (admin.ca, *admin[:2]))
    inline = written(
        tmp_path / "inline",
        {"server": "https://127.0.0.1:6443", "certificate-authority-data": ca},
        {"client-certificate-data": certificate, "client-key-data": key},
    )
    (tmp_path / "ca.crt").write_bytes(admin.ca.read_bytes())
    files = written(
        tmp_path / "files",
        {"server": "https://127.0.0.1:6443", "certificate-authority": "ca.crt"},
        {"client-certificate": str(admin.certificate), "client-key": str(admin.key)},
    )
    for path in (inline, files):
        endpoint = from_kubeconfig(path)
        assert (endpoint.host, endpoint.port, endpoint.is_local) == ("127.0.0.1", 6443, True)
        assert endpoint.context is not None
        assert endpoint.context.cert_store_stats()["x509_ca"] == 1
        assert endpoint.context.verify_mode is ssl.CERT_REQUIRED
        assert b"Authorization" not in endpoint.requests.make("GET", "/")


def test_tokens_and_other_contexts(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    insecure = {"server": "https://example.com", "insecure-skip-tls-verify": True}
    path = written(tmp_path / "config", insecure, {"tokenFile": "token"})
    endpoint = from_kubeconfig(path)
    assert (endpoint.host, endpoint.port, endpoint.is_local) == ("example.com", 443, False)
    assert endpoint.context is not None
    assert endpoint.context.verify_mode is ssl.CERT_NONE
    assert b"Authorization: Bearer from-file\r\n" in endpoint.requests.make("GET", "/")
    other = from_kubeconfig(path, "there")
    assert other.context is None
    assert other.requests.make("GET", "/api").startswith(b"GET /prefix/api HTTP/1.1\r\nHost: 10.0.0.1:8080\r\n")


def test_a_server_and_a_token() -> None:
    endpoint = from_server("https://[::1]:6443", "secret", insecure=True)
    assert (endpoint.host, endpoint.port, endpoint.is_local) == ("::1", 6443, True)
    assert b"Bearer secret" in endpoint.requests.make("GET", "/")


@pytest.mark.parametrize(
    ("cluster", "user", "message"),
    [
        ({"server": "127.0.0.1:6443"}, {}, "is no address of a server"),
        ({"server": "https://x"}, {"exec": {"command": "aws"}}, "gets its credentials from a plugin"),
        ({"server": "https://x"}, {"tokenFile": "gone"}, "the token cannot be read"),
        ({"server": "https://x", "certificate-authority": "gone"}, {}, "the certificates cannot be used"),
        ({"server": "https://x", "certificate-authority-data": "!"}, {}, "the certificates cannot be used"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, cluster: dict[str, Any], user: dict[str, Any], message: str) -> None:
    with pytest.raises(EndpointError, match=message):
        from_kubeconfig(written(tmp_path / "config", cluster, user))


def test_unusable_files(tmp_path: Path) -> None:
    with pytest.raises(EndpointError, match="cannot be read"):
        from_kubeconfig(tmp_path / "gone")
    (tmp_path / "list").write_text("[]")
    with pytest.raises(EndpointError, match="is no kubeconfig"):
        from_kubeconfig(tmp_path / "list")
    with pytest.raises(EndpointError, match="has no context 'nowhere'"):
        from_kubeconfig(written(tmp_path / "config", {"server": "https://x"}, {}), "nowhere")
