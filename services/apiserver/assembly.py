"""The parts of an apiserver put together over a store, by the process and by tests alike."""

from __future__ import annotations

import random
from typing import NamedTuple

from services.apiserver.admission import built_in
from services.apiserver.filters.service_accounts import Signer
from services.apiserver.handlers.api import Api
from services.apiserver.handlers.core import Core
from services.apiserver.resources.claims import IPS, PORTS, Addresses, Claims, Pool, Ports
from services.apiserver.resources.hooks import Hooks
from services.apiserver.resources.repair import Repair
from services.apiserver.resources.services import ServiceHook
from services.apiserver.watching.cache import Cache
from services.objects.kinds import KINDS, SERVICE
from services.objects.schema import Schema
from services.storage.store import Readable, Writable


class Parts(NamedTuple):
    """`cache.run` and `repair.run` are for the caller's TaskGroup."""

    api: Api
    cache: Cache
    repair: Repair
    addresses: Addresses


def assemble(reader: Readable, writer: Writable, schema: Schema, *, service_cidr: str = "10.96.0.0/16",
             node_ports: str = "30000-32767", signer: Signer | None = None) -> Parts:  # fmt: skip
    cache = Cache(reader, KINDS)
    addresses, ips, ports = Addresses(service_cidr), Claims(IPS, reader, writer), Claims(PORTS, reader, writer)
    rng = random.Random()
    hook = ServiceHook(Pool(addresses, ips, rng), Pool(Ports(node_ports), ports, rng))
    core = Core(cache, reader, writer, schema, built_in.chain(cache, reader), Hooks({SERVICE: hook}))
    return Parts(Api(core, signer), cache, Repair(cache, writer, ips, ports), addresses)
