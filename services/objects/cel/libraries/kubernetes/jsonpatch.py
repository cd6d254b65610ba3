"""What mutating policies write patches with."""

from __future__ import annotations

from services.objects.cel.checking.overloads import Overload


def _escape_key(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


OVERLOADS = (Overload("jsonpatch_escapeKey_string", "jsonpatch.escapeKey(string) -> string", _escape_key),)
