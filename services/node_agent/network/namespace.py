"""Work inside another network namespace, on a thread made for that.

A namespace belongs to a thread. setns on a pool's thread was rejected: if the way back fails, later work of that thread
would silently happen in a pod. Forking a helper was rejected too: gRPC does not survive a fork.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def of_pid(pid: int) -> Path:
    return Path(f"/proc/{pid}/ns/net")


def enter(descriptor: int) -> None:
    """Moves the calling thread; raises OSError."""
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"setns: {os.strerror(code)}")


def leave_for_new() -> None:
    """Gives the calling thread a fresh, empty network namespace; raises OSError."""
    if _libc.unshare(CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"unshare: {os.strerror(code)}")


def call_inside(descriptor: int, work: Callable[[], T]) -> T:
    """Runs `work` in the namespace behind an open descriptor and returns or raises what it does; blocks."""

    def entered() -> T:
        enter(descriptor)
        return work()

    return call_on_own_thread(entered)


def call_on_own_thread(work: Callable[[], T]) -> T:
    """Runs `work` on a thread that ends with it; blocks."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  handed over to the calling thread
            errors.append(error)

    thread = threading.Thread(target=run, name="netns")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
