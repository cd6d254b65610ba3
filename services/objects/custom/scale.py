"""The scale subresource of a custom resource: where its numbers and its selector are."""

from __future__ import annotations

from typing import Any, NamedTuple

from services.objects.errors import Cause, InternalError
from services.objects.golang import shown
from services.objects.meta import Obj

MOST = 2**31 - 1


class ScalePaths(NamedTuple):
    """Steps from the root of the object; `selector` is empty when there is none."""

    replicas: tuple[str, ...]
    status_replicas: tuple[str, ...]
    selector: tuple[str, ...] = ()


def paths_of(scale: Obj) -> ScalePaths:
    """As a CustomResourceDefinition states them: `.spec.replicas`."""
    return ScalePaths(_steps(scale["specReplicasPath"]), _steps(scale["statusReplicasPath"]),
                      _steps(scale.get("labelSelectorPath") or ""))  # fmt: skip


def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.removeprefix(".").split(".")) if path else ()


def found_at(obj: Obj, steps: tuple[str, ...]) -> Any:
    """The value there, None when there is none."""
    value: Any = obj
    for step in steps:
        if value.__class__ is not dict:
            return None
        value = value.get(step)
    return value


def scale_of(obj: Obj, paths: ScalePaths) -> tuple[int, int, str]:
    """(replicas wanted, replicas there, selector); raises InternalError when the object does not say what it wants."""
    replicas = found_at(obj, paths.replicas)
    if replicas is None:
        raise InternalError(f'the spec replicas field ".{".".join(paths.replicas)}" does not exist')
    return _whole(replicas), _whole(found_at(obj, paths.status_replicas)), _text(found_at(obj, paths.selector))


def _whole(value: Any) -> int:
    return value if value.__class__ is int else 0


def _text(value: Any) -> str:
    return value if value.__class__ is str else ""


def with_replicas(obj: Obj, paths: ScalePaths, replicas: int) -> None:
    """Sets the number, in place; a parent that is not there is made."""
    *parents, last = paths.replicas
    value = obj
    for step in parents:
        inner = value.get(step)
        if inner.__class__ is not dict:
            inner = value[step] = {}
        value = inner
    value[last] = replicas


def scale_causes(obj: Obj, paths: ScalePaths | None) -> list[Cause]:
    """What is wrong with the numbers and the selector."""
    if paths is None:
        return []
    found: list[Cause] = []
    for steps in (paths.replicas, paths.status_replicas):
        value, path = found_at(obj, steps), f".{'.'.join(steps)}"
        if value is None:
            continue
        if value.__class__ is not int:
            found.append(_invalid(path, 0, f"{path} accessor error: {_plain(value)} is of the type {_go(value)}, "
                                           "expected int64"))
        elif value < 0:
            found.append(_invalid(path, value, "should be a non-negative integer"))
        elif value > MOST:
            found.append(_invalid(path, value, f"should be less than or equal to {MOST}"))
    selector = found_at(obj, paths.selector) if paths.selector else None
    if selector is not None and selector.__class__ is not str:
        path = f".{'.'.join(paths.selector)}"
        found.append(_invalid(path, "", f"{path} accessor error: {_plain(selector)} is of the type {_go(selector)}, "
                                        "expected string"))
    return found


_GO = {str: "string", bool: "bool", int: "int64", float: "float64", list: "[]interface {}",
       dict: "map[string]interface {}"}  # fmt: skip


def _plain(value: Any) -> str:
    return value if value.__class__ is str else shown(value)


def _go(value: Any) -> str:
    return _GO[value.__class__]


def _invalid(path: str, value: Any, why: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {shown(value)}: {why}", path)
