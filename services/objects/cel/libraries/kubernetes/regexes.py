"""Kubernetes' find and findAll."""

from __future__ import annotations

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.costs.metering import Frame, work
from services.objects.cel.running.patterns import compiled


def _find(text: str, pattern: str, frame: Frame) -> str:
    found = compiled(pattern, frame).search(text)
    return str(found[0]) if found is not None else ""


def _find_all(text: str, pattern: str, frame: Frame) -> list[str]:
    return _find_most(text, pattern, -1, frame)


def _find_most(text: str, pattern: str, most: int, frame: Frame) -> list[str]:
    found: list[str] = []
    if most == 0:
        return found
    for match in compiled(pattern, frame).finditer(text):
        work(frame, 1)
        found.append(match[0])
        if len(found) == most:
            break
    return found


OVERLOADS = (
    Overload("string_find_string", "string.find(string) -> string", _find, metered=True),
    Overload("string_find_all_string", "string.findAll(string) -> list(string)", _find_all, metered=True),
    Overload("string_find_all_string_int", "string.findAll(string, int) -> list(string)", _find_most,
             metered=True),
)  # fmt: skip
