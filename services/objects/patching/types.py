"""What strategic merge must know of a type; `services.objects.schema` answers it from the OpenAPI definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


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
