"""What strategic merge must know of a type; `services.objects.schema` answers it from the OpenAPI definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from services.objects.errors import StatusError, from_status

UNPROCESSABLE = "the server rejected our request due to an error in our request"
# JSON is printed down to 254 levels, and YAML read down to 200.
_DEEPEST = 200


class PatchType(Protocol):
    """The type of one field. `merge_key` and `strategy` (merge, replace, retainKeys) are those of the field."""

    @property
    def merge_key(self) -> str | None: ...

    @property
    def strategy(self) -> Sequence[str]: ...

    @property
    def element(self) -> PatchType | None:
        """The type of a list's items or of a map's values."""

    def field(self, name: str) -> PatchType | None: ...


def unprocessable() -> StatusError:
    """A patch that is well-formed and cannot be applied: 422 in Kubernetes' words, which do not say why."""
    return from_status({"reason": "Invalid", "message": UNPROCESSABLE})


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
