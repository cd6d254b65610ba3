"""Paths inside a volume: relative, and never out of it."""

from __future__ import annotations

from services.objects.kinds.validation.field import Causes, invalid

_MODE_ERROR = "must be a number between 0 and 0777 (octal), both inclusive"


def steps_back(path: str) -> bool:
    return ".." in path and ".." in path.split("/")


def validate_no_backsteps(causes: Causes, path: str, value: str) -> None:
    if steps_back(value):
        causes.append(invalid(path, value, "must not contain '..'"))


def validate_descending(causes: Causes, path: str, value: str) -> None:
    if value.startswith("/"):
        causes.append(invalid(path, value, "must be a relative path"))
    validate_no_backsteps(causes, path, value)


def validate_local(causes: Causes, path: str, value: str) -> None:
    """Also not beginning with two dots, which is where the volume keeps its own files."""
    validate_descending(causes, path, value)
    if value.startswith("..") and not value.startswith("../"):
        causes.append(invalid(path, value, "must not start with '..'"))


def validate_mode(causes: Causes, path: str, mode: int | None) -> None:
    if mode is not None and not 0 <= mode <= 0o777:
        causes.append(invalid(path, mode, _MODE_ERROR))
