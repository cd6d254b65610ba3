"""Which tracked UDP connections lead nowhere any more; pure.

A tracked UDP flow keeps its translation for as long as the client goes on sending: to an endpoint that is gone, or to
nothing, if it began before there was an endpoint. What is tracked is compared with what the rules say now, so a restart
of the agent forgets nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

Flow = tuple[str, int]  # the address ("" for a node port) and port that clients of a UDP Service send to
Target = tuple[str, int]


class Tracked(NamedTuple):
    """Both directions' ends: who sent where, and who is to answer."""

    source: str
    source_port: int
    destination: str
    destination_port: int
    target: Target


def parse(listing: str) -> list[Tracked]:
    """The lines of `conntrack -L -p udp`."""
    found = []
    for line in listing.splitlines():
        words = [word.partition("=") for word in line.split() if "=" in word]
        ends = {name: [value for key, _, value in words if key == name] for name in ("src", "dst", "sport", "dport")}
        if any(len(values) < 2 for values in ends.values()):
            continue
        found.append(
            Tracked(
                ends["src"][0],
                int(ends["sport"][0]),
                ends["dst"][0],
                int(ends["dport"][0]),
                (ends["src"][1], int(ends["sport"][1])),
            )
        )
    return found


def stale(
    tracked: Iterable[Tracked], flows: Mapping[Flow, Collection[Target]], local: Collection[str]
) -> list[Tracked]:
    """Those to a Service's port that lead to none of its endpoints, while it has some or had one.

    `local` are the node's own addresses, on which node ports answer.
    """
    found = []
    for entry in tracked:
        targets = flows.get((entry.destination, entry.destination_port))
        if targets is None and entry.destination in local:
            targets = flows.get(("", entry.destination_port))
        if targets is not None and entry.target not in targets:
            found.append(entry)
    return found
