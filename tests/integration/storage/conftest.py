"""Certificates for an etcd with TLS, and a cluster of three."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.foundation.tls import Identity


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: str, issuer: str, public: Any) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
    )


@pytest.fixture
def make_identity(tmp_path: Path) -> Callable[[str], Identity]:
    """Makes certificates of a new authority for 127.0.0.1, good for servers and clients."""

    def make(authority: str) -> Identity:
        folder = tmp_path / authority
        folder.mkdir()
        ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        ca = _builder(authority, authority, ca_key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        leaf = _builder("etcd", authority, key.public_key()).add_extension(alternative, critical=False)
        leaf = leaf.add_extension(usage, critical=False)
        identity = Identity(folder / "etcd.crt", folder / "etcd.key", folder / "ca.crt")
        pem = serialization.Encoding.PEM
        identity.ca.write_bytes(ca.sign(ca_key, hashes.SHA256()).public_bytes(pem))
        identity.certificate.write_bytes(leaf.sign(ca_key, hashes.SHA256()).public_bytes(pem))
        identity.key.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return identity

    return make


@pytest.fixture
def trio(make_etcd: Callable[..., Any]) -> list[Any]:
    """Three members of one cluster, running."""
    drafts = [make_etcd(name=f"m{n}") for n in range(3)]
    cluster = ",".join(f"m{n}=http://127.0.0.1:{draft.peer_port}" for n, draft in enumerate(drafts))
    members = [
        make_etcd(name=f"m{n}", ports=(draft.client_port, draft.peer_port), cluster=cluster)
        for n, draft in enumerate(drafts)
    ]
    for member in members:
        member.start(wait=False)
    for member in members:
        member.wait()
    return members
