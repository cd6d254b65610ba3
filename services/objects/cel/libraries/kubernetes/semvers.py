"""Semantic versions."""

from __future__ import annotations

import re
from typing import Any

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.errors import EvaluationError
from services.objects.cel.types import SEMVER, Type

_number = re.compile(r"0|[1-9][0-9]*", re.ASCII).fullmatch
_word = re.compile(r"[0-9A-Za-z-]+", re.ASCII).fullmatch
_LARGEST = (1 << 64) - 1


class Semver:
    """Equal and ordered without regard to the build."""

    __slots__ = ("key", "release")

    cel_type: Type = SEMVER

    def __init__(self, release: tuple[int, int, int], pre: tuple[str, ...]) -> None:
        self.release = release
        # Numbers come before words, and any pre-release before the release.
        parts = tuple((0, int(each), "") if each.isdigit() else (1, 0, each) for each in pre)
        self.key: tuple[Any, ...] = (release, not pre, parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Semver) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _refuse(why: str) -> EvaluationError:
    return EvaluationError(why)


def _numeric(text: str, what: str) -> int:
    if not text or not text.isascii() or not text.isdigit():
        raise _refuse(f'Invalid character(s) found in {what} number "{text}"')
    if _number(text) is None:
        raise _refuse(f'{what.capitalize()} number must not contain leading zeroes "{text}"')
    if len(text) > 20 or int(text) > _LARGEST:
        raise _refuse(f'strconv.ParseUint: parsing "{text}": value out of range')
    return int(text)


def parse(text: str, normalize: bool = False) -> Semver:
    if normalize:
        text = _normalized(text)
    if not text:
        raise _refuse("Version string empty")
    parts = text.split(".", 2)
    if len(parts) != 3:
        raise _refuse("No Major.Minor.Patch elements found")
    rest, plus, build = parts[2].partition("+")
    patch, dash, pre = rest.partition("-")
    words = tuple(pre.split(".")) if dash else ()
    for word in words:
        if not word:
            raise _refuse("Prerelease is empty")
        if _word(word) is None:
            raise _refuse(f'Invalid character(s) found in prerelease "{word}"')
        if word.isdigit() and (_number(word) is None or len(word) > 20):
            raise _refuse(f'Numeric PreRelease version must not contain leading zeroes "{word}"')
    for word in build.split(".") if plus else ():
        if not word:
            raise _refuse("Build meta data is empty")
        if _word(word) is None:
            raise _refuse(f'Invalid character(s) found in build meta data "{word}"')
    return Semver((_numeric(parts[0], "major"), _numeric(parts[1], "minor"), _numeric(patch, "patch")), words)


def _normalized(text: str) -> str:
    """Without a leading v and leading zeros, with all three numbers."""
    parts = text.removeprefix("v").split(".", 2)
    for place, part in enumerate(parts):
        if len(part) > 1:
            stripped = part.lstrip("0")
            parts[place] = stripped if stripped[:1].isdigit() and stripped[:1].isascii() else f"0{stripped}"
    if len(parts) < 3 and any(mark in parts[-1] for mark in "+-"):
        raise _refuse("short version cannot contain PreRelease/Build meta data")
    return ".".join(parts + ["0"] * (3 - len(parts)))


def _is_semver(text: str, normalize: bool = False) -> bool:
    try:
        parse(text, normalize)
    except EvaluationError:
        return False
    return True


def _compare(left: Semver, right: Semver) -> int:
    return (left.key > right.key) - (left.key < right.key)


OVERLOADS = (
    Overload("string_to_semver", "semver(string) -> Semver", parse),
    Overload("string_bool_to_semver", "semver(string, bool) -> Semver", parse),
    Overload("is_semver_string", "isSemver(string) -> bool", _is_semver),
    Overload("is_semver_string_bool", "isSemver(string, bool) -> bool", _is_semver),
    Overload("semver_is_greater_than", "Semver.isGreaterThan(Semver) -> bool",
             lambda left, right: left.key > right.key),
    Overload("semver_is_less_than", "Semver.isLessThan(Semver) -> bool", lambda left, right: left.key < right.key),
    Overload("semver_compare_to", "Semver.compareTo(Semver) -> int", _compare),
    Overload("semver_major", "Semver.major() -> int", lambda version: version.release[0]),
    Overload("semver_minor", "Semver.minor() -> int", lambda version: version.release[1]),
    Overload("semver_patch", "Semver.patch() -> int", lambda version: version.release[2]),
)  # fmt: skip
