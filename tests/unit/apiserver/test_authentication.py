from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.apiserver.filters.authentication import Authenticator, read_tokens
from services.apiserver.filters.service_accounts import ISSUER, Bound, Signer
from services.apiserver.request import Caller
from services.objects.errors import Unauthorized


def certificate(*attributes: tuple[x509.ObjectIdentifier, str]) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(start).not_valid_after(start + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    return made.public_bytes(serialization.Encoding.DER)


def test_certificates_name_users_and_groups() -> None:
    der = certificate((NameOID.ORGANIZATION_NAME, "system:nodes"), (NameOID.ORGANIZATION_NAME, "b"),
                      (NameOID.COMMON_NAME, "system:node:n1"))  # fmt: skip
    authenticator = Authenticator({})
    caller = authenticator.by_certificate(der)
    assert (caller.name, caller.groups) == ("system:node:n1", {"system:nodes", "b", "system:authenticated"})
    assert caller.node == "n1"
    assert authenticator.by_certificate(der) is caller
    with pytest.raises(Unauthorized):
        authenticator.by_certificate(certificate((NameOID.ORGANIZATION_NAME, "nameless")))


def test_a_node_without_its_group_is_no_node() -> None:
    assert Caller("system:node:n1").node == ""
    assert Caller("somebody", frozenset({"system:nodes"})).node == ""


async def test_headers() -> None:
    authenticator = Authenticator({"t": Caller("u")})
    assert (await authenticator.by_header("Bearer t")).name == "u"
    assert (await authenticator.by_header("bearer  t ")).name == "u"
    for header in ("", "Bearer", "Bearer ", "Bearer x", "Basic t", "Bearer a.b.c"):
        with pytest.raises(Unauthorized):
            await authenticator.by_header(header)


def test_token_files(tmp_path: Path) -> None:
    path = tmp_path / "tokens.csv"
    path.write_text('# comment\nabc,alice,1,"dev,ops"\ndef,bob,2\n\n')
    tokens = read_tokens(path)
    assert tokens["abc"] == Caller("alice", frozenset({"dev", "ops", "system:authenticated"}), "1")
    assert tokens["def"].groups == {"system:authenticated"}
    path.write_text("abc,alice\n")
    with pytest.raises(ValueError, match=r"tokens\.csv:1"):
        read_tokens(path)


def test_tokens_are_signed_and_verified(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "key.pem"
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                       serialization.NoEncryption()))  # fmt: skip
    signer = Signer.load(path)
    account = {"metadata": {"namespace": "n", "name": "a", "uid": "u"}}
    now = datetime.now(UTC)
    token = signer.token(account, [], now, 600, Bound("Pod", "p", "pu"), None, "id")
    claims = signer.claims(token, ISSUER)
    assert claims["sub"] == "system:serviceaccount:n:a"
    assert claims["kubernetes.io"] == {"namespace": "n", "serviceaccount": {"name": "a", "uid": "u"},
                                       "pod": {"name": "p", "uid": "pu"}}  # fmt: skip
    for wrong in (
        signer.token(account, [], now - timedelta(hours=1), 600, None, None, "id"),
        signer.token(account, ["elsewhere"], now, 600, None, None, "id"),
        Signer(ec.generate_private_key(ec.SECP256R1()), "ES256").token(account, [], now, 600, None, None, "id"),
        "rubbish",
    ):
        with pytest.raises(Unauthorized):
            signer.claims(wrong, ISSUER)
