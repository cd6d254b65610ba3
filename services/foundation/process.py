"""The life of a process: start, run until told to stop, drain, exit.

SIGTERM and SIGINT set the event that `main` was given; what `main` raises ends the process with a logged error and
exit code 1, and the supervisor starts it again.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from services.foundation import log

COLLECT = (100_000, 10, 100)  # thresholds of the garbage collector: pauses of a few milliseconds

Main = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


def run(name: str, main: Main, *, level: str = "info") -> None:
    """Runs `main(stopping)` to its end on a uvloop event loop; never returns."""
    log.configure(name, level)
    logger = log.get(__name__)

    async def supervised() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        # Most of what start-up makes (modules, schemas) lives for ever: keep the collector from reading it again.
        gc.collect()
        gc.freeze()
        # Objects come and go by the thousand and have no cycles: the collector's passes would only be pauses.
        gc.set_threshold(*COLLECT)
        await main(stopping)

    try:
        uvloop.run(supervised())
    except Exception:
        logger.exception("process failed")
        sys.exit(1)
    logger.info("process stopped")
    sys.exit(0)
