"""Cluster IPs and node ports: each one taken is a record of its own in etcd.

`/registry/ranges/ips/10.96.0.7` and `/registry/ranges/ports/30080` hold who has them and are made with "does not exist"
as their condition, so that no two Services of any two apiserver processes get the same one. A record is made before its
Service and removed after it; what a crash leaves between is found by `repair`. One bitmap for all addresses, as
Kubernetes keeps it, was rejected: every Service would be written over the same key.
"""

from __future__ import annotations

import ipaddress
import random
from typing import NamedTuple

import orjson

from services.storage.store import Entry, Put, Readable, Refused, Remove, Writable

ROOT = "/registry/ranges/"
IPS, PORTS = ROOT + "ips/", ROOT + "ports/"
# Made-up values that may be taken before all that are free are counted.
TRIES = 32


class Taken(Exception):
    """Somebody else has it."""


class Exhausted(Exception):
    """Nothing is free."""


class Owner(NamedTuple):
    """The Service that holds a claim; its uid tells it from a later one of the same name."""

    namespace: str
    name: str
    uid: str


class Claims:
    """Claims below one prefix."""

    def __init__(self, prefix: str, reader: Readable, writer: Writable) -> None:
        self._prefix = prefix
        self._reader = reader
        self._writer = writer

    async def take(self, value: str, owner: Owner) -> bool:
        """True when the claim is new, False when the owner already had it. Raises Taken."""
        outcome = await self._writer.commit(Put(self._prefix + value, orjson.dumps(owner._asdict()), 0))
        if not isinstance(outcome, Refused):
            return True
        if outcome.current is not None and owner_of(outcome.current) == owner:
            return False
        raise Taken

    async def free(self, value: str, owner: Owner) -> None:
        """Nothing happens unless it is the owner's."""
        entry = await self._reader.get(self._prefix + value)
        if entry is not None and owner_of(entry) == owner:
            await self._writer.commit(Remove(entry.key, entry.resource_version))

    async def is_free(self, value: str) -> bool:
        return await self._reader.get(self._prefix + value) is None

    async def all(self) -> dict[str, Entry]:
        page = await self._reader.range(self._prefix)
        return {entry.key[len(self._prefix) :]: entry for entry in page.entries}


def owner_of(entry: Entry) -> Owner:
    return Owner(**orjson.loads(entry.value))


class Addresses:
    """Which addresses the service network has. The lowest are left to users who choose their own.

    https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/
    """

    def __init__(self, cidr: str) -> None:
        self.network = ipaddress.ip_network(cidr)
        # Neither the network's own address nor, with IPv4, the broadcast address.
        self._size = self.network.num_addresses - (2 if self.network.version == 4 else 1)
        self._lower = min(max(16, self._size // 16), 256) if self._size > 16 else 0

    def __contains__(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return parsed in self.network and 0 < int(parsed) - int(self.network.network_address) <= self._size

    @property
    def first(self) -> str:
        """That of the Service default/kubernetes."""
        return str(self.network.network_address + 1)

    def guess(self, rng: random.Random) -> str:
        return str(self.network.network_address + 1 + rng.randrange(self._lower, self._size))

    def others(self, taken: set[str]) -> str | None:
        """The first free one, the upper part before the lower."""
        for offset in (*range(self._lower, self._size), *range(self._lower)):
            address = str(self.network.network_address + 1 + offset)
            if address not in taken:
                return address
        return None


class Ports:
    def __init__(self, text: str) -> None:
        low, _, high = text.partition("-")
        self.low, self.high = int(low), int(high)

    def __contains__(self, port: str) -> bool:
        return self.low <= int(port) <= self.high

    def guess(self, rng: random.Random) -> str:
        return str(rng.randint(self.low, self.high))

    def others(self, taken: set[str]) -> str | None:
        return next((str(port) for port in range(self.low, self.high + 1) if str(port) not in taken), None)


class Pool:
    """A set of values of which owners claim some: chosen by them or made up for them."""

    def __init__(self, values: Addresses | Ports, claims: Claims, rng: random.Random) -> None:
        self.values = values
        self.claims = claims
        self._rng = rng

    async def any(self, owner: Owner, *, dry_run: bool = False) -> str:
        """A free value, claimed unless it is a dry run. Raises Exhausted."""
        for _ in range(TRIES):
            value = self.values.guess(self._rng)
            if await self._claim(value, owner, dry_run):
                return value
        while True:
            free = self.values.others(set(await self.claims.all()))
            if free is None:
                raise Exhausted
            if await self._claim(free, owner, dry_run):
                return free

    async def _claim(self, value: str, owner: Owner, dry_run: bool) -> bool:
        if dry_run:
            return await self.claims.is_free(value)
        try:
            return await self.claims.take(value, owner)
        except Taken:
            return False
