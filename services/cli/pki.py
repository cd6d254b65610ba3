"""The cluster's certificates: made once, renewed when two thirds of their life have passed.

Two authorities: `ca` signs what the apiserver trusts, `etcd/ca` what etcd trusts. One for both was rejected: any node's
certificate would then open etcd. Leaves are EC P-256: a handshake costs a tenth of RSA's.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.foundation import clock
from services.foundation.tls import Identity

AUTHORITY_LIFE = datetime.timedelta(days=3650)
LEAF_LIFE = datetime.timedelta(days=365)
BACKDATED = datetime.timedelta(minutes=5)  # clocks of two hosts are never quite the same


@dataclass(frozen=True)
class Leaf:
    """A certificate to make: `names` are its DNS names and IP addresses; servers are also used as clients (etcd)."""

    path: str
    common_name: str
    organization: str = ""
    names: tuple[str, ...] = ()
    authority: str = "ca"


class Pki:
    """The certificates below one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def identity(self, leaf: str, authority: str = "ca") -> Identity:
        """The files of `leaf` ("admin", "node-NAME", "etcd/client", ...) with the authority its peers are signed by."""
        return Identity(self._file(leaf, "crt"), self._file(leaf, "key"), self._file(authority, "crt"))

    @property
    def service_account_key(self) -> Path:
        return self._file("service-account", "key")

    def ensure(self, nodes: Iterable[str], addresses: Sequence[str]) -> list[str]:
        """Makes what is missing, too old, or lacks one of `addresses`; returns the paths that were (re)made."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.directory / "etcd").mkdir(exist_ok=True, mode=0o700)
        made = [name for name in ("ca", "etcd/ca") if self._ensure_authority(name)]
        if not self.service_account_key.exists():
            self._write_key(self.service_account_key, ec.generate_private_key(ec.SECP256R1()))
            made.append("service-account")
        made += [leaf.path for leaf in _leaves(nodes, addresses) if self._ensure_leaf(leaf, made)]
        return made

    def _file(self, name: str, suffix: str) -> Path:
        return self.directory / f"{name}.{suffix}"

    def _ensure_authority(self, name: str) -> bool:
        certificate, key_file = self._file(name, "crt"), self._file(name, "key")
        if certificate.exists() and key_file.exists():
            return False
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"pinnace-{name.replace('/', '-')}")])
        builder = _builder(subject, subject, key.public_key(), AUTHORITY_LIFE)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_key_usage(authority=True), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        self._write_key(key_file, key)
        _replace(certificate, builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), 0o644)
        return True

    def _ensure_leaf(self, leaf: Leaf, made: Sequence[str]) -> bool:
        certificate, key_file = self._file(leaf.path, "crt"), self._file(leaf.path, "key")
        if leaf.authority not in made and key_file.exists() and _still_good(certificate, leaf):
            return False
        authority = x509.load_pem_x509_certificate(self._file(leaf.authority, "crt").read_bytes())
        signer = serialization.load_pem_private_key(self._file(leaf.authority, "key").read_bytes(), None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        attributes = [x509.NameAttribute(NameOID.COMMON_NAME, leaf.common_name)]
        if leaf.organization:
            attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, leaf.organization))
        builder = _builder(x509.Name(attributes), authority.subject, key.public_key(), LEAF_LIFE)
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
        if leaf.names:
            usages.append(ExtendedKeyUsageOID.SERVER_AUTH)
            names = x509.SubjectAlternativeName([_general_name(name) for name in leaf.names])
            builder = builder.add_extension(names, critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_key_usage(authority=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        signer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(signer_key, critical=False)
        self._write_key(key_file, key)
        _replace(certificate, builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), 0o644)
        return True

    def _write_key(self, path: Path, key: ec.EllipticCurvePrivateKey) -> None:
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _replace(path, pem, 0o600)


def _leaves(nodes: Iterable[str], addresses: Sequence[str]) -> list[Leaf]:
    local = ("localhost", "127.0.0.1")
    cluster = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
    server_names = tuple(dict.fromkeys((*local, *cluster, *addresses)))
    return [
        Leaf("apiserver", "kube-apiserver", names=server_names),
        Leaf("admin", "kubernetes-admin", "system:masters"),
        Leaf("scheduler", "system:kube-scheduler", names=tuple(dict.fromkeys((*local, *addresses)))),
        Leaf("controller-manager", "system:kube-controller-manager"),
        Leaf("etcd/server", "etcd", names=tuple(dict.fromkeys((*local, *addresses))), authority="etcd/ca"),
        Leaf("etcd/client", "pinnace", authority="etcd/ca"),
        *(Leaf(f"node-{node}", f"system:node:{node}", "system:nodes") for node in nodes),
    ]


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: datetime.timedelta
) -> x509.CertificateBuilder:
    start = clock.now() - BACKDATED
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + life)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _still_good(path: Path, leaf: Leaf) -> bool:
    if not path.exists():
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if clock.now() > start + (end - start) * 2 / 3:
        return False
    if not leaf.names:
        return True
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {_general_name(name) for name in leaf.names} <= set(names)


def _replace(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by others in between."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)
