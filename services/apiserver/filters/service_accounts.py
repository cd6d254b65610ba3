"""Tokens of service accounts: signed and verified with the service account key.

The claims are those of Kubernetes' bound tokens, so that anything that reads such a token understands ours. A token
dies with what it is bound to: the account, and the pod or secret it was made for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from services.apiserver.filters.authentication import Authenticated
from services.apiserver.request import Caller
from services.apiserver.watching.cache import Cache
from services.objects.errors import Unauthorized
from services.objects.kinds import KINDS, SERVICEACCOUNT
from services.objects.meta import Obj

ISSUER = "https://kubernetes.default.svc.cluster.local"


class Bound(NamedTuple):
    """What a token is bound to beside its account."""

    kind: str
    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class Signer:
    """`key` is a private key in PEM form: RSA, EC P-256 or Ed25519."""

    key: Any
    algorithm: str
    issuer: str = ISSUER

    @classmethod
    def load(cls, path: Path) -> Signer:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        if isinstance(key, rsa.RSAPrivateKey):
            return cls(key, "RS256")
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return cls(key, "ES256")
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return cls(key, "EdDSA")
        raise ValueError(f"{path}: a service account key is RSA, EC P-256 or Ed25519")

    def token(self, account: Obj, audiences: list[str], now: datetime, seconds: int, bound: Bound | None,
              node: Obj | None, token_id: str) -> str:  # fmt: skip
        metadata = account["metadata"]
        private: Obj = {"namespace": metadata["namespace"],
                        "serviceaccount": {"name": metadata["name"], "uid": metadata["uid"]}}  # fmt: skip
        if bound is not None:
            private[bound.kind.lower()] = {"name": bound.name, "uid": bound.uid}
        if node is not None:
            private["node"] = {"name": node["metadata"]["name"], "uid": node["metadata"]["uid"]}
        issued = int(now.timestamp())
        claims = {
            "iss": self.issuer, "aud": audiences or [self.issuer], "iat": issued, "nbf": issued,
            "exp": int((now + timedelta(seconds=seconds)).timestamp()), "jti": token_id,
            "sub": f"system:serviceaccount:{metadata['namespace']}:{metadata['name']}", "kubernetes.io": private,
        }  # fmt: skip
        return jwt.encode(claims, self.key, algorithm=self.algorithm)

    def claims(self, token: str, *audiences: str) -> Obj:
        """Of a token for any of `audiences`. Raises Unauthorized."""
        try:
            found: Obj = jwt.decode(token, self.key.public_key(), algorithms=[self.algorithm], audience=audiences,
                                    issuer=self.issuer, options={"require": ["exp", "sub", "aud", "iss"]})  # fmt: skip
        except jwt.InvalidTokenError as error:
            raise Unauthorized from error
        return found


class ServiceAccountTokens:
    """Verifies tokens against the accounts, pods and secrets that exist."""

    def __init__(self, signer: Signer, cache: Cache) -> None:
        self._signer = signer
        self._cache = cache

    async def authenticate(self, token: str, audiences: Sequence[str] = ()) -> Authenticated:
        """Raises Unauthorized."""
        wanted = tuple(audiences) or (self._signer.issuer,)
        claims = self._signer.claims(token, *wanted)
        private = claims.get("kubernetes.io") or {}
        namespace, account = private.get("namespace", ""), private.get("serviceaccount") or {}
        bound = [("ServiceAccount", account)]
        bound += [(kind, private[kind.lower()]) for kind in ("Pod", "Secret") if kind.lower() in private]
        if not all(self._exists(kind, namespace, reference) for kind, reference in bound):
            # The cache may be behind a token made just now.
            await self._cache.fresh()
            if not all(self._exists(kind, namespace, reference) for kind, reference in bound):
                raise Unauthorized
        extra: dict[str, tuple[str, ...]] = {}
        for kind in ("pod", "node"):
            if kind in private:
                extra[f"authentication.kubernetes.io/{kind}-name"] = (private[kind]["name"],)
                extra[f"authentication.kubernetes.io/{kind}-uid"] = (private[kind]["uid"],)
        groups = frozenset({"system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"})
        meant = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        caller = Caller(claims["sub"], groups, account.get("uid", ""), extra)
        return Authenticated(caller, tuple(each for each in wanted if each in meant))

    def _exists(self, kind: str, namespace: str, reference: Obj) -> bool:
        known = SERVICEACCOUNT if kind == "ServiceAccount" else KINDS.by_gvk("", "v1", kind)
        if known is None:
            return False
        item = self._cache.get(known, namespace, reference.get("name", ""))
        return item is not None and item.object()["metadata"]["uid"] == reference.get("uid")
