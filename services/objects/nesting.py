"""How deep values may be nested for code that recurses into them."""

from __future__ import annotations

from typing import Any

# JSON is printed down to 254 levels, and YAML read down to 200.
_DEEPEST = 200


def is_too_deep(value: Any) -> bool:
    """Whether a value is nested deeper than recursion may follow it; asked without recursion."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [child for parent in level if isinstance(parent, dict | list)
                 for child in (parent.values() if isinstance(parent, dict) else parent)
                 if isinstance(child, dict | list)]  # fmt: skip
        if not level:
            return False
    return True
