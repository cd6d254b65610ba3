"""Runs the system's own network tools (nft, iptables, conntrack), each with a deadline.

What a tool reads comes from an unnamed file, not a pipe: a tool that ends before it has read everything would close the
pipe under the loop that writes it.
"""

from __future__ import annotations

import asyncio
import tempfile
from typing import NamedTuple

DEADLINE = 20.0


class CommandFailed(Exception):
    """A tool is missing, refused, or did not end in time; the text says which and why."""


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


async def run(*command: str, stdin: str = "", deadline: float = DEADLINE) -> Outcome:
    """Raises CommandFailed if the tool is missing or overruns; its exit code is the caller's to judge."""
    with tempfile.TemporaryFile() as given:
        given.write(stdin.encode())
        given.seek(0)
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=given, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
        except FileNotFoundError as error:
            raise CommandFailed(f"{command[0]} is not installed") from error
    try:
        async with asyncio.timeout(deadline):
            out, err = await process.communicate()
    except TimeoutError as error:
        raise CommandFailed(f"{command[0]} did not end within {deadline:.0f} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Outcome(process.returncode or 0, out.decode(errors="replace"), err.decode(errors="replace"))


async def check(*command: str, stdin: str = "") -> str:
    """Its output; raises CommandFailed with what it said if it exits with anything but 0."""
    outcome = await run(*command, stdin=stdin)
    if outcome.code != 0:
        raise CommandFailed(f"{' '.join(command)}: exit code {outcome.code}: {outcome.err.strip()[:2000]}")
    return outcome.out
