"""Mounts of the host's kernel, by mount(2) itself: starting a program for each would cost more than the mount."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
MNT_DETACH = 2
NOSUID, NODEV, NOEXEC = 2, 4, 8


def tmpfs(target: Path, options: str, *, executable: bool = True) -> None:
    """`options` as in mount(8): size=64m,mode=0777. Raises OSError."""
    flags = NOSUID | NODEV | (0 if executable else NOEXEC)
    if _libc.mount(b"tmpfs", os.fsencode(target), b"tmpfs", ctypes.c_ulong(flags), options.encode()):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(target))


def unmount(target: Path) -> None:
    """Lazily: a container that is just ending must not keep a pod from going. Raises OSError."""
    if _libc.umount2(os.fsencode(target), MNT_DETACH):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(target))


def below(folder: Path) -> list[Path]:
    """Everything mounted on or below a folder, the deepest first."""
    prefix = str(folder)
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        path = line.split(" ")[4].encode().decode("unicode_escape")
        if path == prefix or path.startswith(prefix + "/"):
            found.append(Path(path))
    return sorted(found, key=lambda path: len(path.parts), reverse=True)
