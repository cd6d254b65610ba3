"""Carries rulesets out: the node's nftables table, and the connection tracking that must forget with it.

Changes go to `nft` as text in one transaction. Speaking netlink to nftables ourselves was rejected: expressions would
have to be assembled byte by byte, and the text is what an operator reads with `nft list ruleset`.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping

from services.foundation import log
from services.node_agent.network import commands
from services.node_agent.network.proxy import conntrack, ruleset
from services.node_agent.network.proxy.conntrack import Flow, Target
from services.node_agent.network.proxy.ruleset import Interfaces, Ruleset

logger = log.get(__name__)


class Table:
    """The table in the kernel, and what we believe is in it (None: nothing is known, replace all)."""

    def __init__(self, name: str, interfaces: Interfaces) -> None:
        self.name = name
        self._interfaces = interfaces
        self._present: Ruleset | None = None
        self._flows: Mapping[Flow, frozenset[Target]] = {}

    async def exists(self) -> bool:
        """Is it there, with its skeleton? (`nft flush ruleset` of a firewall's restart takes it away.)"""
        return (await commands.run("nft", "list", "chain", "ip", self.name, "services")).code == 0

    async def apply(self, wanted: Ruleset, flows: Mapping[Flow, frozenset[Target]], local: Collection[str]) -> None:
        """Makes the kernel's table what is wanted, and forgets UDP flows that lead elsewhere than `flows` says,
        or where it said before and no longer does.

        `local` are the node's own addresses. Raises CommandFailed; the next call then replaces the table.
        """
        if self._present is None:
            await self._transact(ruleset.replacement(self.name, self._interfaces, wanted))
        else:
            text = ruleset.change(self.name, self._present, wanted)
            try:
                await self._transact(text)
            except commands.CommandFailed as error:
                # Somebody else changed the table: make it anew.
                logger.warning("nftables refused a change, replacing the table", error=str(error))
                self._present = None
                await self._transact(ruleset.replacement(self.name, self._interfaces, wanted))
        self._present = wanted
        if flows != self._flows:
            ended = {flow: frozenset[Target]() for flow in self._flows.keys() - flows.keys()}
            await self._forget({**ended, **flows}, local)
            self._flows = flows

    def distrust(self) -> None:
        """The next `apply` replaces the whole table."""
        self._present = None

    async def remove(self) -> None:
        self._present = None
        await commands.check("nft", "-f", "-", stdin=ruleset.removal(self.name))

    async def _transact(self, text: str) -> None:
        if text:
            await commands.check("nft", "-f", "-", stdin=text)

    async def _forget(self, flows: Mapping[Flow, frozenset[Target]], local: Collection[str]) -> None:
        if shutil.which("conntrack") is None:
            logger.warning("conntrack is not installed: UDP flows to endpoints that are gone live until they time out")
            return
        tracked = conntrack.parse(await commands.check("conntrack", "-L", "-p", "udp"))
        for entry in conntrack.stale(tracked, flows, local):
            outcome = await commands.run(
                "conntrack", "-D", "-p", "udp", "--orig-src", entry.source, "--orig-dst", entry.destination,
                "--orig-port-src", str(entry.source_port), "--orig-port-dst", str(entry.destination_port),
            )  # fmt: skip
            if outcome.code not in (0, 1):  # 1: it has timed out by itself
                raise commands.CommandFailed(f"conntrack -D: {outcome.err.strip()}")
