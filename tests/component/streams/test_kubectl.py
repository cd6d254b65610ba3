"""Every kubectl found against logs, exec, attach, cp and port-forward: SPDY before 1.31, WebSockets since."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import re
import struct
import termios
from pathlib import Path
from typing import Any

import pytest

from tests.component.streams.conftest import Cluster, Kubectl, running_pod

DEADLINE = 20


async def test_exec_carries_the_streams_and_the_exit_code(kubectl: Kubectl, pod: Any) -> None:
    done = await kubectl("exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.out, done.code) == (b"out\n", 7)
    assert b"err\n" in done.err
    assert b"command terminated with exit code 7" in done.err


async def test_exec_ends_its_input(kubectl: Kubectl, pod: Any) -> None:
    blob = bytes(range(256)) * 4096
    done = await kubectl("exec", "-i", "web", "--", "cat", stdin=blob)
    assert done.out == blob
    assert done.code == 0


async def test_exec_in_a_terminal_knows_its_size(kubectl: Kubectl, pod: Any) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
    # The size arrives on a stream of its own, perhaps after the command has begun.
    wait = "for i in $(seq 100); do stty size | grep -q '33 77' && break; sleep 0.1; done"
    script = f"{wait}; stty size; read x; echo got $x"
    process = await kubectl.start("exec", "-it", "web", "--", "sh", "-c", script, terminal=theirs)
    os.close(theirs)
    os.write(ours, b"word\n")
    shown = b""
    async with asyncio.timeout(DEADLINE):
        while b"got word" not in shown:
            shown += await asyncio.to_thread(os.read, ours, 4096)
        assert await process.wait() == 0
    assert b"33 77\r\n" in shown
    os.close(ours)


async def test_exec_ends_when_kubectl_is_killed(kubectl: Kubectl, pod: Any, cluster: Cluster) -> None:
    process = await kubectl.start("exec", "-i", "web", "--", "sh", "-c", "echo ready; exec cat")
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), DEADLINE) == b"ready\n"
    process.kill()
    await process.wait()
    await asyncio.wait_for(cluster.agent.processes[0].wait(), DEADLINE)


async def test_a_refusal_of_the_node_reaches_the_user(kubectl: Kubectl, pod: Any, cluster: Cluster) -> None:
    cluster.agent.refusal = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404,
                             "reason": "NotFound", "message": 'container not found ("a")'}  # fmt: skip
    done = await kubectl("exec", "web", "--", "true")
    assert done.code == 1
    assert b'container not found ("a")' in done.err


async def test_cp_both_ways(kubectl: Kubectl, pod: Any, tmp_path: Path) -> None:
    source, there, back = tmp_path / "source", tmp_path / "there", tmp_path / "back"
    source.write_bytes(bytes(range(256)) * 2000)
    copied = await kubectl("cp", str(source), f"default/web:{there}")
    assert copied.code == 0, copied.err
    assert there.read_bytes() == source.read_bytes()
    copied = await kubectl("cp", f"default/web:{there}", str(back))
    assert copied.code == 0, copied.err
    assert back.read_bytes() == source.read_bytes()


async def test_attach_carries_both_directions(kubectl: Kubectl, pod: Any) -> None:
    done = await kubectl("attach", "-i", "web", stdin=b"hello\n")
    assert b"attached\n" in done.out
    assert b"HELLO\n" in done.out
    assert done.code == 0


async def test_logs_passes_its_options(kubectl: Kubectl, pod: Any, cluster: Cluster) -> None:
    cluster.agent.logs.put_nowait(b"one\ntwo\n")
    cluster.agent.logs.put_nowait(None)
    done = await kubectl("logs", "web", "--tail=2", "--since=1h", "--timestamps", "--previous", "--limit-bytes=99")
    assert done.out == b"one\ntwo\n"
    assert cluster.agent.log_queries == [
        {"tailLines": "2", "sinceSeconds": "3600", "timestamps": "true", "previous": "true", "limitBytes": "99"}
    ]


async def test_logs_follow_line_by_line_and_end_with_kubectl(kubectl: Kubectl, pod: Any, cluster: Cluster) -> None:
    process = await kubectl.start("logs", "-f", "web")
    assert process.stdout is not None
    for line in (b"one\n", b"two\n"):
        cluster.agent.logs.put_nowait(line)
        assert await asyncio.wait_for(process.stdout.readline(), DEADLINE) == line
    process.terminate()
    await process.wait()
    await asyncio.wait_for(cluster.agent.log_left.wait(), DEADLINE)


async def test_logs_follow_ends_with_the_container(kubectl: Kubectl, pod: Any, cluster: Cluster) -> None:
    cluster.agent.logs.put_nowait(b"last\n")
    cluster.agent.logs.put_nowait(None)
    done = await kubectl("logs", "-f", "web")
    assert (done.out, done.code) == (b"last\n", 0)


@pytest.fixture
async def upper() -> Any:
    """A port where bytes come back in upper case, after the sender has half-closed."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read()).upper())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def forwarded(process: asyncio.subprocess.Process) -> int:
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), DEADLINE)
    found = re.match(rb"Forwarding from 127.0.0.1:(\d+)", line)
    assert found, line
    return int(found[1])


async def test_port_forward_keeps_connections_apart(kubectl: Kubectl, pod: Any, upper: int) -> None:
    process = await kubectl.start("port-forward", "--address", "127.0.0.1", "pod/web", f":{upper}")
    port = await forwarded(process)

    async def ask(number: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"abc%d" % number * 30000)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer

    answers = await asyncio.wait_for(asyncio.gather(*map(ask, range(5))), DEADLINE)
    assert answers == [b"ABC%d" % number * 30000 for number in range(5)]
    process.terminate()
    await process.wait()


async def test_port_forward_says_what_failed(kubectl: Kubectl, pod: Any) -> None:
    process = await kubectl.start("port-forward", "--address", "127.0.0.1", "pod/web", ":1")
    port = await forwarded(process)
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    assert process.stderr is not None
    line = await asyncio.wait_for(process.stderr.readline(), DEADLINE)
    assert b"error forwarding port 1 to pod web" in line
    writer.close()
    with contextlib.suppress(ProcessLookupError):  # some versions end by themselves after that
        process.terminate()
    await process.wait()


async def test_port_forward_ends_with_the_pod(kubectl: Kubectl, pod: Any, cluster: Cluster) -> None:
    process = await kubectl.start("port-forward", "--address", "127.0.0.1", "pod/web", ":1")
    await forwarded(process)
    await cluster.client.pods("default").delete("web", grace_period=0)
    _, err = await asyncio.wait_for(process.communicate(), DEADLINE)
    assert b"lost connection to pod" in err


async def test_a_container_must_be_named_when_there_are_two(kubectl: Kubectl, cluster: Cluster) -> None:
    await running_pod(cluster, "two", ["a", "b"])
    done = await kubectl("get", "--raw", "/api/v1/namespaces/default/pods/two/log")
    assert b"a container name must be specified for pod two, choose one of: [a b]" in done.err
    done = await kubectl("logs", "two", "-c", "c")
    assert b"container c is not valid for pod two" in done.err
