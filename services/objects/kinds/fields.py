"""Field selectors: how the value of a selectable field is read, as the text that users compare it with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.objects.meta import Obj

Getter = Callable[[Obj], str]


def text(path: str) -> Getter:
    """The field at a dotted path; absent is ""."""
    return _getter(path, "")


def boolean(path: str) -> Getter:
    """The field at a dotted path; absent is "false"."""
    return _getter(path, "false")


def number(path: str) -> Getter:
    """The field at a dotted path; absent is "0"."""
    return _getter(path, "0")


def _getter(path: str, absent: str) -> Getter:
    *parents, last = path.split(".")

    def get(obj: Obj) -> str:
        value = obj
        for step in parents:
            value = value.get(step) or {}
        found = value.get(last)
        if found is None:
            return absent
        if isinstance(found, bool):
            return "true" if found else "false"
        return str(found)

    return get


def texts(*paths: str) -> Mapping[str, Getter]:
    return {path: text(path) for path in paths}
