"""Settings of a process: a frozen dataclass, filled from the command line and the environment.

`--node-ip` and PINNACE_NODE_IP fill the field `node_ip`; the command line wins. Fields are str, int, float, bool,
Path, tuple[str, ...] (comma-separated) or `... | None`; their documentation is `metadata={"help": ...}`. A settings
library was rejected: four types need forty lines, and start-up time is counted.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def option(help: str, default: Any = dataclasses.MISSING) -> Any:
    """A documented field; without a default it must be given."""
    return dataclasses.field(default=default, metadata={"help": help})


def parse(cls: type[T], argv: Sequence[str] | None = None, *, prog: str) -> T:
    """Exits with a usage message when a value is missing, unknown or of the wrong type."""
    parser = argparse.ArgumentParser(prog=prog, description=(cls.__doc__ or "").splitlines()[0])
    hints = typing.get_type_hints(cls)
    fields = dataclasses.fields(cls)  # type: ignore[arg-type]
    for field in fields:
        variable = "PINNACE_" + field.name.upper()
        required = field.default is dataclasses.MISSING and variable not in os.environ
        parser.add_argument(
            "--" + field.name.replace("_", "-"),
            dest=field.name,
            required=required,
            default=None,
            help=field.metadata.get("help", ""),
        )
    given = vars(parser.parse_args(argv))
    values: dict[str, Any] = {}
    for field in fields:
        text = given[field.name] if given[field.name] is not None else os.environ.get("PINNACE_" + field.name.upper())
        if text is None:
            continue
        try:
            values[field.name] = _convert(hints[field.name], text)
        except ValueError as error:
            parser.error(f"--{field.name.replace('_', '-')}: {error}")
    return cls(**values)


def _convert(hint: Any, text: str) -> Any:
    if isinstance(hint, types.UnionType):
        hint = next(arm for arm in typing.get_args(hint) if arm is not type(None))
    if typing.get_origin(hint) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if hint is bool:
        if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
            raise ValueError(f"{text!r} is neither true nor false")
        return text.lower() in ("true", "1", "yes")
    if hint in (int, float, Path, str):
        return hint(text)
    raise TypeError(f"settings of type {hint} are not supported")
