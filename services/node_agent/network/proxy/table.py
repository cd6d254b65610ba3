"""Carries rulesets out: the node's nftables table, and the connection tracking that must forget with it.

Changes go to `nft` as text in one transaction. Speaking netlink to nftables ourselves was rejected: expressions would
have to be assembled byte by byte, and the text is what an operator reads with `nft list ruleset`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence

from services.foundation import log
from services.node_agent.network import commands
from services.node_agent.network.proxy import ruleset
from services.node_agent.network.proxy.rules import Flow, stale_flows
from services.node_agent.network.proxy.ruleset import Interfaces, Ruleset

logger = log.get(__name__)


class Table:
    """The table in the kernel, and what we believe is in it (None: nothing is known, replace all)."""

    def __init__(self, name: str, interfaces: Interfaces) -> None:
        self.name = name
        self._interfaces = interfaces
        self._present: Ruleset | None = None
        self._flows: Mapping[Flow, frozenset[str]] = {}

    async def exists(self) -> bool:
        """Is it there, with its skeleton? (`nft flush ruleset` of a firewall's restart takes it away.)"""
        return (await commands.run("nft", "list", "chain", "ip", self.name, "services")).code == 0

    async def apply(self, wanted: Ruleset, flows: Mapping[Flow, frozenset[str]]) -> None:
        """Makes the kernel's table what is wanted; raises CommandFailed, after which the next one replaces all."""
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
        stale, self._flows = stale_flows(self._flows, flows), flows
        await self._forget(stale)

    def distrust(self) -> None:
        """The next `apply` replaces the whole table."""
        self._present = None

    async def remove(self) -> None:
        self._present = None
        await commands.check("nft", "-f", "-", stdin=ruleset.removal(self.name))

    async def _transact(self, text: str) -> None:
        if text:
            await commands.check("nft", "-f", "-", stdin=text)

    async def _forget(self, stale: Sequence[tuple[Flow, str]]) -> None:
        if not stale:
            return
        if shutil.which("conntrack") is None:
            logger.warning("conntrack is not installed: stale UDP flows live until they time out", flows=len(stale))
            return
        for (address, port), endpoint in stale:
            where = ["--orig-dst", address] if address else []
            led_to = ["--dst-nat", endpoint] if endpoint else []
            # Exit code 1 says that there was no such flow.
            outcome = await commands.run("conntrack", "-D", "-p", "udp", *where, "--orig-port-dst", str(port), *led_to)
            if outcome.code not in (0, 1):
                logger.warning("conntrack failed", error=outcome.err.strip())
