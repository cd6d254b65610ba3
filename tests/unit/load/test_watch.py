from __future__ import annotations

import socket
from time import perf_counter

import pytest

from services.load import main
from services.load.watch import Watcher


def test_a_watcher_counts_frames_however_they_are_cut() -> None:
    sent = int(perf_counter() * 1e9)
    frames = b'{"type":"MODIFIED","object":{"metadata":{"annotations":{"load":"at %d"}}}}\n' % sent
    watcher = Watcher(timed=True)
    for start in range(0, len(frames * 3), 11):
        watcher.sink((frames * 3)[start : start + 11])
    assert watcher.events == 3
    assert len(watcher.latencies) == 3
    assert all(0 <= latency < 5 for latency in watcher.latencies)
    assert watcher.last > 0


def test_what_stops_a_run_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        port = taken.getsockname()[1]
        for arguments, complaint in (
            (["api", "--server", f"http://127.0.0.1:{port}"], "refused"),
            (["api", "--server", "nonsense"], "is no address of a server"),
            (["api", "--server", "http://x", "--measures", "sing"], "there is no measure 'sing'"),
            (["api", "--kubeconfig", "/nowhere"], "cannot be read"),
        ):
            assert main.main(arguments) == 2
            error = capsys.readouterr().err
            assert error.startswith("pinnace load: ")
            assert complaint in error.lower()
