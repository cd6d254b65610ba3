"""Values as Go prints them: error texts of Kubernetes carry them."""

from __future__ import annotations

from typing import Any


def printed(value: Any) -> str:
    """As with %v: `map[a:1 b:[x <nil>]]`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "<nil>"
    if isinstance(value, dict):
        return "map[" + " ".join([f"{key}:{printed(item)}" for key, item in sorted(value.items())]) + "]"
    if isinstance(value, list):
        return "[" + " ".join([printed(item) for item in value]) + "]"
    return str(value)


def syntax(value: Any) -> str:
    """As with %#v: `map[string]interface {}{"a":1}`."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, dict):
        inner = ", ".join([f'"{key}":{syntax(item)}' for key, item in sorted(value.items())])
        return f"map[string]interface {{}}{{{inner}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join([syntax(item) for item in value])}}}"
    return "interface {}(nil)" if value is None else printed(value)


_TYPES = {str: "string", bool: "bool", dict: "map[string]interface {}", list: "[]interface {}", int: "int64",
          float: "float64", type(None): "<nil>"}  # fmt: skip


def type_name(value: Any) -> str:
    """As with %T."""
    return _TYPES[type(value)]
