"""Patterns of users, on RE2: linear in the text, whatever they wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import re2

from services.objects.memo import remembered


@remembered(1024, longest=4096)
def compiled_pattern(pattern: str) -> Callable[[str], Any] | None:
    """The search of a user's pattern; None for one that is no regular expression of RE2 (see `pattern_problem`)."""
    try:
        search: Callable[[str], Any] = re2.compile(pattern, _quiet()).search
    except (re2.error, UnicodeError):
        return None

    def find(text: str) -> Any:
        try:
            return search(text)
        except UnicodeError:  # a lone surrogate
            return search(text.encode("utf-8", "replace").decode())

    return find


def pattern_problem(pattern: str) -> str:
    """Why a pattern is no regular expression, in Go's words; "" when it is one."""
    try:
        re2.compile(pattern, _quiet())
    except (re2.error, UnicodeError) as error:
        why = error.args[0] if error.args else str(error)
        return f"error parsing regexp: {why.decode('utf-8', 'replace') if isinstance(why, bytes) else why}"
    return ""


def _quiet() -> Any:
    options = re2.Options()
    options.log_errors = False
    return options
