"""What `pattern` says in a schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.objects import patterns
from services.objects.memo import remembered


@remembered(1024, longest=4096)
def compiled_pattern(pattern: str) -> Callable[[str], Any] | None:
    """The search of a user's pattern; None for one that is no regular expression of RE2 (see `pattern_problem`)."""
    try:
        search: Callable[[str], Any] = patterns.compile(pattern).search
    except patterns.PatternError:
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
        patterns.compile(pattern)
    except patterns.PatternError as error:
        return str(error)
    return ""
