"""The time of day, read in one place so that everything else can be given it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Aware, in UTC."""
    return datetime.now(UTC)
