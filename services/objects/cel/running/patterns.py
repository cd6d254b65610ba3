"""Regular expressions of users, on RE2: linear in the text, whatever they wrote. The last few stay compiled."""

from __future__ import annotations

from typing import Any

from services.objects.cel.costs.metering import Frame, work
from services.objects.cel.errors import EvaluationError

_LONGEST = 100_000


_COMPILING = 20_000  # the work of it: RE2 takes milliseconds for the largest that it takes at all
_KEPT = 512
_kept: dict[str, Any] = {}


def _compile(pattern: str) -> Any:
    import re2  # only when an expression has a pattern: it is a native library

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise EvaluationError(f"error parsing regexp: {text}") from None


def compiled(pattern: str, frame: Frame) -> Any:
    """With `search` and `finditer` of `re`; raises EvaluationError for what RE2 does not take."""
    found = _kept.get(pattern)
    if found is None:
        if len(pattern) > _LONGEST:
            raise EvaluationError("error parsing regexp: expression too large")
        work(frame, _COMPILING)
        found = _compile(pattern)
        if len(_kept) >= _KEPT:
            _kept.clear()
        _kept[pattern] = found
    return found
