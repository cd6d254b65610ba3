"""What of a pod its containers' rules must know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from services.objects.meta import Obj


class Surroundings(NamedTuple):
    """`volumes` are the good ones by name, `claims` the names of spec.resourceClaims; `os` is "" when nobody says."""

    volumes: Mapping[str, Obj] = {}
    claims: Collection[str] = ()
    grace_period: int | None = None
    restart_policy: str = "Always"
    host_users: bool = True
    os: str = ""
