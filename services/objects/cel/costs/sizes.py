"""Ranges of sizes and costs, capped where 64 bits end."""

from __future__ import annotations

import math
from typing import NamedTuple

MOST = (1 << 64) - 1


class Range(NamedTuple):
    """At least and at most."""

    min: int
    max: int

    def plus(self, other: Range) -> Range:
        return Range(min(self.min + other.min, MOST), min(self.max + other.max, MOST))

    def times(self, other: Range) -> Range:
        return Range(min(self.min * other.min, MOST), min(self.max * other.max, MOST))

    def scaled(self, factor: float) -> Range:
        """Each end rounded up."""
        return Range(_scaled(self.min, factor), _scaled(self.max, factor))

    def or_(self, other: Range) -> Range:
        """What includes both."""
        return Range(min(self.min, other.min), max(self.max, other.max))


def _scaled(size: int, factor: float) -> int:
    scaled = size * factor
    return MOST if scaled >= MOST else math.ceil(scaled)


def fixed(size: int) -> Range:
    return Range(size, size)


ZERO, ONE, UNKNOWN = fixed(0), fixed(1), Range(0, MOST)
