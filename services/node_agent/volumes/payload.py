"""Files that change under a running container: all of them at once or none.

The files are symbolic links into `..data`, which is itself a link to a folder with the time in its name; swapping that
one link is atomic. This is the layout that the kubelet's atomic writer made known: programs watch `..data`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

DATA = "..data"


class File(NamedTuple):
    content: bytes
    mode: int


class BadPath(Exception):
    """A file's path would leave the volume."""


def write(folder: Path, files: Mapping[str, File], stamp: str, group: int | None = None) -> bool:
    """Makes the volume consist of exactly these files; false when it does already. `stamp` names the new folder."""
    for path in files:
        if path.startswith("/") or ".." in Path(path).parts or path.startswith("..") or not path:
            raise BadPath(f"invalid path {path!r} in a volume")
    if group is not None:
        files = {path: File(file.content, file.mode | 0o440) for path, file in files.items()}
    if _current(folder) == dict(files):
        return False
    fresh = folder / f"..{stamp}"
    for path, file in files.items():
        target = fresh / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
        os.chmod(target, file.mode)
        if group is not None:
            os.chown(target, -1, group)
    fresh.mkdir(parents=True, exist_ok=True)
    old = os.readlink(folder / DATA) if (folder / DATA).is_symlink() else ""
    swap = folder / "..data_tmp"
    swap.unlink(missing_ok=True)
    swap.symlink_to(fresh.name)
    swap.rename(folder / DATA)
    _link(folder, {Path(path).parts[0] for path in files})
    if old and old != fresh.name:
        shutil.rmtree(folder / old, ignore_errors=True)
    return True


def _link(folder: Path, names: set[str]) -> None:
    for name in names:
        link = folder / name
        if not link.is_symlink():
            link.symlink_to(f"{DATA}/{name}")
    for entry in folder.iterdir():
        if not entry.name.startswith("..") and entry.name not in names:
            entry.unlink()


def _current(folder: Path) -> dict[str, File] | None:
    """What is there now; None when nothing was ever written. Modes are those of the files, group bits included."""
    data = folder / DATA
    if not data.is_symlink():
        return None
    base = data.resolve()
    return {str(path.relative_to(base)): File(path.read_bytes(), path.stat().st_mode & 0o777)
            for path in base.rglob("*") if path.is_file()}  # fmt: skip
