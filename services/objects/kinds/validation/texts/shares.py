"""A number, or a percentage of a number: how many pods may be missing or too many."""

from __future__ import annotations

import re
from typing import Any

from services.objects.kinds.validation.field import Causes, invalid, not_negative

_PERCENT_ERROR = ("a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', "
                  "regex used for validation is '[0-9]+%')")  # fmt: skip
is_percent = re.compile("[0-9]{1,18}%").fullmatch


def validate_share(causes: Causes, path: str, share: Any) -> None:
    """A number or a percentage."""
    if not isinstance(share, str):
        not_negative(causes, path, share)
    elif not is_percent(share):
        causes.append(invalid(path, share, _PERCENT_ERROR))


def validate_bounded_share(causes: Causes, path: str, share: Any) -> None:
    """A number, or a percentage up to 100."""
    validate_share(causes, path, share)
    if isinstance(share, str) and share_size(share) > 100:
        causes.append(invalid(path, share, "must not be greater than 100%"))


def share_size(share: Any) -> int:
    if isinstance(share, str):
        return int(share[:-1]) if is_percent(share) else 0
    return int(share)
