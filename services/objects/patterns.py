"""Regular expressions of users, on RE2: linear in the text, whatever they wrote.

RE2 is imported with the first of them: all processes know the kinds that have patterns, and only the apiserver judges.
"""

from __future__ import annotations

from typing import Any


class PatternError(ValueError):
    """Why it is no regular expression, as Go begins to say it."""


def compile(pattern: str) -> Any:
    """With `search` and `finditer` of `re`. Raises PatternError."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except UnicodeError as error:
        raise PatternError("error parsing regexp: invalid UTF-8") from error
    except re2.error as error:
        why = error.args[0] if error.args else str(error)
        text = why.decode(errors="replace") if isinstance(why, bytes) else str(why)
        raise PatternError(f"error parsing regexp: {text}") from error
