"""Who a request comes from: a client certificate or a bearer token. Nobody else is let in.

Both faces use one Authenticator: REST hands it the certificate of the TLS peer and the Authorization header, gRPC the
same from its call context.
"""

from __future__ import annotations

import csv
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from cryptography import x509
from cryptography.x509.oid import NameOID

from services.apiserver.request import Caller
from services.objects.errors import Unauthorized

AUTHENTICATED = "system:authenticated"
# Certificates seen lately, so that a connection's is read once.
_REMEMBERED = 4096


class Authenticated(NamedTuple):
    """Whose a token is, and which of the audiences it was asked for it is meant for."""

    caller: Caller
    audiences: tuple[str, ...] = ()


class TokenAuthenticator(Protocol):
    async def authenticate(self, token: str, audiences: Sequence[str]) -> Authenticated:
        """Raises Unauthorized, also when the token is for none of `audiences`."""
        ...


class Authenticator:
    """`tokens` are the fixed ones, by token, which know no audience; `others` judge what looks like a JWT, in turn.
    `audiences` are what the apiserver itself is called."""

    def __init__(self, tokens: Mapping[str, Caller], others: Sequence[TokenAuthenticator] = (),
                 audiences: Sequence[str] = ()) -> None:  # fmt: skip
        self._tokens = tokens
        self._others = others
        self._audiences = tuple(audiences)
        self._certificates: OrderedDict[bytes, Caller] = OrderedDict()

    def by_certificate(self, der: bytes) -> Caller:
        """The certificate was verified when the connection was made."""
        caller = self._certificates.get(der)
        if caller is None:
            caller = self._certificates[der] = caller_of(x509.load_der_x509_certificate(der))
            if len(self._certificates) > _REMEMBERED:
                self._certificates.popitem(last=False)
        return caller

    async def by_token(self, token: str) -> Caller:
        """Raises Unauthorized."""
        return (await self.review(token, ())).caller

    async def review(self, token: str, audiences: Sequence[str]) -> Authenticated:
        """Whether the token is one for any of `audiences`; none given is the apiserver's own. Raises Unauthorized."""
        wanted = tuple(audiences) or self._audiences
        caller = self._tokens.get(token)
        if caller is not None:
            own = tuple(each for each in wanted if each in self._audiences)
            if audiences and not own:
                raise Unauthorized
            return Authenticated(caller, own)
        if token.count(".") == 2:
            for other in self._others:
                try:
                    return await other.authenticate(token, wanted)
                except Unauthorized:
                    continue  # it may be one of the next one's tokens
        raise Unauthorized

    async def by_header(self, authorization: str) -> Caller:
        """Of `Authorization: Bearer ...`. Raises Unauthorized."""
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized
        return await self.by_token(token)


def caller_of(certificate: x509.Certificate) -> Caller:
    """CN is the user, each O a group."""

    def texts(oid: Any) -> list[str]:
        return [str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(oid)]

    names = texts(NameOID.COMMON_NAME)
    if not names or not names[0]:
        raise Unauthorized
    return Caller(names[0], frozenset(texts(NameOID.ORGANIZATION_NAME)) | {AUTHENTICATED})


def read_tokens(path: Path) -> dict[str, Caller]:
    """Lines `token,user,uid,"group1,group2"`; the groups may be missing."""
    found: dict[str, Caller] = {}
    with path.open(newline="") as lines:
        for number, row in enumerate(csv.reader(lines, skipinitialspace=True), start=1):
            if not row or row[0].startswith("#"):
                continue
            if len(row) < 3:
                raise ValueError(f"{path}:{number}: a line is token,user,uid and perhaps groups")
            groups = row[3].split(",") if len(row) > 3 else []
            found[row[0]] = Caller(row[1], frozenset(filter(None, groups)) | {AUTHENTICATED}, row[2])
    return found
