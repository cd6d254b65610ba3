"""Claims and Services brought together again, at start and from time to time.

A claim without its Service is left by a crash between the two writes; a Service without its claim by a restored backup.
A claim is given up only when it was there in two looks in a row, so that one whose Service is just being written stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from services.apiserver.resources.claims import Claims, Owner, Taken, owner_of
from services.apiserver.resources.services import cluster_ips_of, node_ports_of, owner_of_service
from services.apiserver.watching.cache import Cache
from services.foundation import log
from services.objects.kinds import SERVICE
from services.storage.store import Remove, StoreUnavailable, Writable

logger = log.get(__name__)

EVERY = 180.0


class Repair:
    def __init__(self, cache: Cache, writer: Writable, ips: Claims, ports: Claims) -> None:
        self._cache = cache
        self._writer = writer
        self._ips = ips
        self._ports = ports
        self._suspects: set[tuple[str, int]] = set()

    async def run(self) -> None:
        """For a TaskGroup; the store may be away for a while."""
        while True:
            try:
                await self.once()
            except StoreUnavailable as error:
                logger.warning("could not check the claims of Services", error=str(error))
            await asyncio.sleep(EVERY)

    async def once(self) -> None:
        await self._cache.synced.wait()
        suspects: set[tuple[str, int]] = set()
        for claims, values_of in ((self._ips, cluster_ips_of), (self._ports, node_ports_of)):
            claimed = await claims.all()
            await self._cache.fresh()
            services = [item.object() for item in self._cache.collection(SERVICE).items()]
            held: dict[str, Owner] = {}
            for service in services:
                values: Iterable[object] = values_of(service)
                held.update((str(value), owner_of_service(service)) for value in values)
            for value, entry in claimed.items():
                if held.get(value) == owner_of(entry):
                    continue
                mark = (entry.key, entry.resource_version)
                if mark in self._suspects:
                    await self._writer.commit(Remove(*mark))
                    logger.info("gave up a claim without a Service", claim=entry.key)
                else:
                    suspects.add(mark)
            await self._claim_held(claims, claimed.keys(), held)
        self._suspects = suspects

    async def _claim_held(self, claims: Claims, claimed: Iterable[str], held: dict[str, Owner]) -> None:
        for value in held.keys() - set(claimed):
            try:
                await claims.take(value, held[value])
            except Taken:
                logger.warning("two Services have the same address or port", value=value, service=held[value])
