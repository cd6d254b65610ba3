"""The table of a custom resource: its name and the definition's additionalPrinterColumns."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from services.objects import durations, times
from services.objects.custom.paths import jsonpath
from services.objects.golang import number
from services.objects.meta import Obj
from services.objects.printing.printer import Column, Printer

_NAME = Column("Name", format="name", description="Name must be unique within a namespace.")
_AGE: Obj = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp", "description":
        "CreationTimestamp is a timestamp representing the server time when this object was created."}  # fmt: skip
Cell = Callable[[Obj, datetime], Any]


def printer(columns: Sequence[Obj]) -> Printer:
    """Without any column there is the age. A path that cannot be read ends the table, as in Kubernetes."""
    shown, cells = [_NAME], list[Cell]()
    for column in columns or (_AGE,):
        path = column.get("jsonPath", "")
        try:
            find = jsonpath.compile(path)
        except jsonpath.JsonPathError:
            break
        about = column.get("description") or f"Custom resource definition column (in JSONPath format): {path}"
        shown.append(Column(column["name"], column["type"], column.get("format") or "", about,
                            column.get("priority") or 0))  # fmt: skip
        cells.append(_cell(find, column["type"]))

    def row(obj: Obj, now: datetime) -> list[Any]:
        return [obj["metadata"].get("name", ""), *(cell(obj, now) for cell in cells)]

    return Printer(tuple(shown), row)


def _cell(find: jsonpath.Find, form: str) -> Cell:
    convert = _FORMS[form]

    def cell(obj: Obj, now: datetime) -> Any:
        found = find(obj)
        return convert(found[0], now) if found else None

    return cell


def _text(value: Any, now: datetime) -> str:
    if value.__class__ is str:
        return str(value)
    if value is None:
        return "<nil>"
    if value.__class__ is bool:
        return "true" if value else "false"
    return number(value) if value.__class__ in (int, float) else json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)  # fmt: skip


def _integer(value: Any, now: datetime) -> int | None:
    return int(value) if value.__class__ in (int, float) and abs(value) < 2**63 else None


def _number(value: Any, now: datetime) -> float | None:
    return float(value) if value.__class__ in (int, float) else None


def _boolean(value: Any, now: datetime) -> bool | None:
    return bool(value) if value.__class__ is bool else None


def _date(value: Any, now: datetime) -> str | None:
    if value.__class__ is not str:
        return None
    try:
        return durations.human(now - times.parse(value))
    except ValueError:
        return "<invalid>"


_FORMS: dict[str, Callable[[Any, datetime], Any]] = {
    "string": _text, "integer": _integer, "number": _number, "boolean": _boolean, "date": _date,
}  # fmt: skip
