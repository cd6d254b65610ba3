"""Regular expressions in expressions: compiling is work, and the last few stay compiled."""

from __future__ import annotations

from typing import Any

from services.objects import patterns
from services.objects.cel.costs.metering import Frame, work
from services.objects.cel.errors import EvaluationError

_LONGEST = 100_000


_COMPILING = 20_000  # the work of it: RE2 takes milliseconds for the largest that it takes at all
_KEPT = 512
_kept: dict[str, Any] = {}


def compiled(pattern: str, frame: Frame) -> Any:
    """With `search` and `finditer` of `re`; raises EvaluationError for what RE2 does not take."""
    found = _kept.get(pattern)
    if found is None:
        if len(pattern) > _LONGEST:
            raise EvaluationError("error parsing regexp: expression too large")
        work(frame, _COMPILING)
        try:
            found = patterns.compile(pattern)
        except patterns.PatternError as error:
            raise EvaluationError(str(error)) from None
        if len(_kept) >= _KEPT:
            _kept.clear()
        _kept[pattern] = found
    return found
