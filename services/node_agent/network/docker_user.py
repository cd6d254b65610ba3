"""Docker sets the FORWARD policy to DROP; pod traffic is let through in DOCKER-USER, the chain it leaves to others.

An accept in a table of our own cannot undo another table's drop. The chain is made if Docker has not made it yet
(Docker keeps what it finds), with the `iptables` that dockerd calls; where both variants are installed, each one that
knows the chain gets the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.node_agent.network import commands
from services.node_agent.network.proxy.ruleset import SERVICE_MARK

CHAIN = "DOCKER-USER"
VARIANTS = ("iptables", "iptables-nft", "iptables-legacy")
LEGACY_TABLES = Path("/proc/net/ip_tables_names")  # asking iptables-legacy itself would make its tables


def rules(bridge: str) -> list[list[str]]:
    """From pods, to pods, and connections that a Service sent on to another node (in and out by the same interface)."""
    comment = ["-m", "comment", "--comment", bridge]
    mark = f"{SERVICE_MARK:#x}/{SERVICE_MARK:#x}"
    return [
        ["-i", bridge, *comment, "-j", "ACCEPT"],
        ["-o", bridge, *comment, "-j", "ACCEPT"],
        ["-m", "connmark", "--mark", mark, *comment, "-j", "ACCEPT"],
    ]


async def ensure(bridge: str) -> bool:
    """Puts the rules in front of the chain where they are missing; True if any was. Raises CommandFailed."""
    changed = False
    for position, tool in enumerate(VARIANTS):
        known = await _knows_chain(tool)
        if position == 0 and not known:
            await commands.check(tool, "-w", "-N", CHAIN)
        elif not known:
            continue
        for rule in rules(bridge):
            changed |= await _insert(tool, rule)
    return changed


async def remove(bridge: str) -> None:
    """Takes the rules away, however often they are there."""
    for tool in VARIANTS:
        if not await _knows_chain(tool):
            continue
        for rule in rules(bridge):
            while (await commands.run(tool, "-w", "-D", CHAIN, *rule)).code == 0:
                pass


async def _knows_chain(tool: str) -> bool:
    if tool == "iptables-legacy" and not _has_legacy_filter():
        return False
    try:
        return (await commands.run(tool, "-w", "-n", "-L", CHAIN)).code == 0
    except commands.CommandFailed:
        if tool == VARIANTS[0]:
            raise
        return False


def _has_legacy_filter() -> bool:
    return LEGACY_TABLES.exists() and "filter" in LEGACY_TABLES.read_text().split()


async def _insert(tool: str, rule: Sequence[str]) -> bool:
    if (await commands.run(tool, "-w", "-C", CHAIN, *rule)).code == 0:
        return False
    await commands.check(tool, "-w", "-I", CHAIN, "1", *rule)
    return True
