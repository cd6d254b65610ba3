"""Answers about texts, kept: the same few texts come with thousands of objects.

Long texts are answered anew each time, since memory is not for users to fill: four thousand names of a megabyte each
would be kept as willingly as four thousand of ten letters.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def remembered(most: int = 4096, longest: int = 256) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Keeps the answers to the `most` recent texts of no more than `longest` characters. Exceptions are not kept."""

    def decorate(function: Callable[[str], T]) -> Callable[[str], T]:
        kept = functools.lru_cache(maxsize=most)(function)

        @functools.wraps(function)
        def answer(text: str) -> T:
            return kept(text) if len(text) <= longest else function(text)

        return answer

    return decorate
