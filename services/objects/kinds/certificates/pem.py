"""What is inside the PEM of certificates and of requests for them.

The library `cryptography` reads the ASN.1; what it says of broken bytes is not what Go says, but where and that it is
said is the same. It is imported with the first certificate that is looked into: all processes know this kind, and only
the apiserver validates it.
"""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

_BEGIN, _END, _DASHES = b"-----BEGIN ", b"-----END ", b"-----"


class PemError(ValueError):
    """What is wrong, for the user."""


class _Block(NamedTuple):
    kind: str
    headers: bool
    der: bytes


def _blocks(data: bytes) -> list[_Block]:
    """Blocks that can be read; what is between and beside them is passed over, as Go does. One pass, line by line."""
    found: list[_Block] = []
    kind: bytes | None = None
    lines: list[bytes] = []
    for line in map(bytes.strip, data.splitlines()):
        if line.startswith(_BEGIN) and line.endswith(_DASHES):
            kind, lines = line[len(_BEGIN) : -len(_DASHES)], []
        elif kind is not None and line == _END + kind + _DASHES:
            body = [each for each in lines if b":" not in each]
            der = _der(b"".join(body))
            if der is not None:
                found.append(_Block(kind.decode("utf-8", "replace"), len(body) < len(lines), der))
            kind = None
        elif kind is not None:
            lines.append(line)
    return found


def _der(text: bytes) -> bytes | None:
    """None for what is no base64 and so no block to anybody."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _decoded(text: str) -> bytes:
    """The bytes of a field that JSON has in base64, checked when the object was decoded."""
    return base64.b64decode(text)


def check_request(text: str) -> None:
    """A PKCS#10 request in PEM, signed with its own key. Raises PemError."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    blocks = _blocks(_decoded(text))
    if not blocks or blocks[0].kind != "CERTIFICATE REQUEST":
        raise PemError("PEM block type must be CERTIFICATE REQUEST")
    try:
        valid = x509.load_der_x509_csr(blocks[0].der).is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise PemError(str(error)) from error
    if not valid:
        raise PemError("x509: the signature of the request is not valid")


def check_certificates(text: str) -> None:
    """One certificate or more in PEM, and nothing else. Raises PemError."""
    from cryptography import x509

    blocks = _blocks(_decoded(text))
    for block in blocks:
        if block.kind != "CERTIFICATE":
            raise PemError(f'only CERTIFICATE PEM blocks are allowed, found "{block.kind}"')
        if block.headers:
            raise PemError("no PEM block headers are permitted")
        try:
            x509.load_der_x509_certificate(block.der)
        except ValueError as error:
            raise PemError(str(error)) from error
    if not blocks:
        raise PemError("must contain at least one CERTIFICATE PEM block")
