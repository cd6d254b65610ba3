"""How late the event loop is: the one number that tells whether anything blocks it."""

from __future__ import annotations

import asyncio

from prometheus_client import Histogram

EVERY = 0.25
LAG = Histogram(
    "pinnace_event_loop_lag_seconds", "How much later than planned a timer of the event loop ran",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)  # fmt: skip


async def measure() -> None:
    """For a TaskGroup."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY
        await asyncio.sleep(EVERY)
        LAG.observe(max(loop.time() - due, 0.0))
