"""Lists, sets and maps of bounded size: what is too long is refused before anybody looks inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.objects.kinds.validation.field import Causes, duplicate, too_many

Check = Callable[[Causes, str, Any], None]
_SHORTEST = 16


def validate_list(causes: Causes, path: str, items: Sequence[Any] | None, most: int | None, check: Check) -> bool:
    """False when there are too many; None is any number."""
    if items is None:
        return True
    if most is not None and len(items) > most:
        causes.append(too_many(path, len(items), most))
        return False
    for index, item in enumerate(items):
        check(causes, f"{path}[{index}]", item)
    return True


def validate_set(causes: Causes, path: str, items: Sequence[Any] | None, most: int | None, check: Check,
                 key: Callable[[Any], str] = str) -> None:  # fmt: skip
    """No two of them have the same key."""
    if items is None or not validate_list(causes, path, items, most, check):
        return
    seen: set[str] = set()
    for index, item in enumerate(items):
        if (name := key(item)) in seen:
            causes.append(duplicate(f"{path}[{index}]", name))
        seen.add(name)


def named(field: str) -> Callable[[Any], str]:
    return lambda item: item.get(field) or ""


def validate_map(causes: Causes, path: str, items: Mapping[str, Any] | None, most: int | None, longest: int,
                 check_key: Check, check: Check) -> None:  # fmt: skip
    """`longest` is how much of a key is shown."""
    if items is None:
        return
    if most is not None and len(items) > most:
        causes.append(too_many(path, len(items), most))
        return
    for key, item in items.items():
        where = f"{path}[{_shortened(key, longest)}]"
        check_key(causes, where, key)
        check(causes, where, item)


def _shortened(text: str, longest: int) -> str:
    longest = max(longest, _SHORTEST)
    if len(text) <= longest:
        return text
    rest = longest - 3
    return f"{text[: (rest + 1) // 2]}...{text[len(text) - rest // 2 :]}"
