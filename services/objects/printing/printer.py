"""The two words of a printed table. A leaf module: kinds name their printers, and printers need not know kinds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from services.objects.meta import Obj


class Column(NamedTuple):
    """One column of `kubectl get`; priority > 0 shows with -o wide only. `type` and `format` as in OpenAPI."""

    name: str
    type: str = "string"
    format: str = ""
    description: str = ""
    priority: int = 0


class Printer(NamedTuple):
    """`row` gives one cell per column for an object at a moment; cells are strings, integers or booleans."""

    columns: Sequence[Column]
    row: Callable[[Obj, datetime], list[Any]]
