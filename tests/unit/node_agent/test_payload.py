from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.node_agent.volumes.payload import BadPath, File, write


def content(folder: Path) -> dict[str, str]:
    """What a program in the container finds, hidden entries left out."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*")
            if path.is_file() and not path.relative_to(folder).parts[0].startswith("..")}  # fmt: skip


def test_files_come_and_go_at_once(tmp_path: Path) -> None:
    assert write(tmp_path, {"a": File(b"1", 0o644), "d/b": File(b"2", 0o400)}, "t1")
    assert (tmp_path / "a").read_text() == "1"
    assert (tmp_path / "d/b").read_text() == "2"
    assert (tmp_path / "d/b").stat().st_mode & 0o777 == 0o400
    first = os.readlink(tmp_path / "..data")
    assert write(tmp_path, {"a": File(b"3", 0o644), "c": File(b"4", 0o644)}, "t2")
    assert content(tmp_path) == {"a": "3", "c": "4"}
    assert os.readlink(tmp_path / "..data") != first
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["..data", "..t2", "a", "c"]


def test_nothing_is_written_when_nothing_changed(tmp_path: Path) -> None:
    files = {"a": File(b"1", 0o644), "d/b": File(b"2", 0o600)}
    assert write(tmp_path, files, "t1")
    assert not write(tmp_path, files, "t2")
    assert write(tmp_path, {**files, "a": File(b"1", 0o600)}, "t3"), "a mode is a change"


def test_an_empty_volume_is_a_volume(tmp_path: Path) -> None:
    assert write(tmp_path, {}, "t1")
    assert not write(tmp_path, {}, "t2")
    assert content(tmp_path) == {}


def test_the_group_may_read(tmp_path: Path) -> None:
    files = {"a": File(b"1", 0o600)}
    assert write(tmp_path, files, "t1", group=os.getgid())
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert not write(tmp_path, files, "t2", group=os.getgid())


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "..data", ""])
def test_paths_stay_inside(tmp_path: Path, path: str) -> None:
    with pytest.raises(BadPath):
        write(tmp_path / "v", {path: File(b"", 0o644)}, "t1")


def test_a_crash_between_writing_and_swapping_is_made_good(tmp_path: Path) -> None:
    assert write(tmp_path, {"a": File(b"1", 0o644)}, "t1")
    (tmp_path / "..data_tmp").symlink_to("..t0")
    (tmp_path / "..t2").mkdir()
    (tmp_path / "..t2" / "a").write_text("half")
    assert write(tmp_path, {"a": File(b"2", 0o644)}, "t2")
    assert content(tmp_path) == {"a": "2"}
