from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from services.cli.pki import Pki
from services.foundation import clock, tls


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_ensure_makes_everything_once(tmp_path: Path) -> None:
    pki = Pki(tmp_path / "pki")
    made = pki.ensure(["a"], ["10.0.0.1"])
    assert {"ca", "etcd/ca", "service-account", "apiserver", "admin", "etcd/server", "node-a"} <= set(made)
    assert pki.ensure(["a"], ["10.0.0.1"]) == []
    assert pki.identity("apiserver").key.stat().st_mode & 0o777 == 0o600


def test_a_new_address_makes_new_server_certificates_only(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    pki.ensure(["a"], ["10.0.0.1"])
    assert set(pki.ensure(["a"], ["10.0.0.1", "10.0.0.2"])) == {"apiserver", "etcd/server", "scheduler"}


def test_a_new_node_gets_its_certificate(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    pki.ensure(["a"], [])
    assert pki.ensure(["a", "b"], []) == ["node-b"]
    subject = load(pki.identity("node-b").certificate).subject.rfc4514_string()
    assert subject == "CN=system:node:b,O=system:nodes"


def test_leaves_are_renewed_after_two_thirds_of_their_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pki = Pki(tmp_path)
    pki.ensure([], [])
    later = clock.now() + datetime.timedelta(days=250)
    monkeypatch.setattr(clock, "now", lambda: later)
    made = pki.ensure([], [])
    assert "apiserver" in made
    assert "admin" in made
    assert "ca" not in made


def test_etcd_trusts_another_authority_than_the_apiserver(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    pki.ensure(["a"], [])
    node, client = pki.identity("node-a"), pki.identity("etcd/client", "etcd/ca")
    assert load(node.certificate).issuer != load(client.certificate).issuer


def test_a_client_with_its_certificate_shakes_hands(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    pki.ensure([], ["10.0.0.1"])
    server, client = tls.server_context(pki.identity("apiserver")), tls.client_context(pki.identity("admin"))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname="10.0.0.1"),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    done = [False, False]
    while not all(done):
        for side, end in enumerate(ends):
            if not done[side]:
                try:
                    end.do_handshake()
                    done[side] = True
                except ssl.SSLWantReadError:
                    continue
    subject = ends[1].getpeercert()["subject"]
    assert (("commonName", "kubernetes-admin"),) in subject
