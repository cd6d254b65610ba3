"""Insertion into maps: what the two-variable macros are made of; nobody writes it."""

from __future__ import annotations

from typing import Any

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.errors import EvaluationError
from services.objects.cel.libraries.language.standard import shown_key
from services.objects.cel.running.values import key_of, keys


def insert(mapping: dict[Any, Any], key: Any, value: Any) -> dict[Any, Any]:
    """In place: the accumulator of a fold belongs to it alone."""
    try:
        wanted = key_of(key)
        if wanted in mapping:
            raise EvaluationError(f"insert failed: key {shown_key(key)} already exists")
        mapping[wanted] = value
    except TypeError:
        raise EvaluationError("unsupported key type") from None
    return mapping


def insert_all(mapping: dict[Any, Any], entries: dict[Any, Any]) -> dict[Any, Any]:
    """In place."""
    for key in keys(entries):
        insert(mapping, key, entries[key_of(key)])
    return mapping


OVERLOADS = (
    Overload("@mapInsert_map_key_value", "cel.@mapInsert(map(K, V), K, V) -> map(K, V)", insert),
    Overload("@mapInsert_map_map", "cel.@mapInsert(map(K, V), map(K, V)) -> map(K, V)", insert_all),
)
