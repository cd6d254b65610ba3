"""The parts of an apiserver put together over a store, by the process and by tests alike."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import NamedTuple

from services.apiserver.admission import built_in
from services.apiserver.custom.serving import CustomResources
from services.apiserver.custom.settling import Settling
from services.apiserver.filters.authentication import Authenticator
from services.apiserver.filters.service_accounts import ServiceAccountTokens, Signer
from services.apiserver.handlers.api import Api
from services.apiserver.handlers.core import Core
from services.apiserver.request import Caller
from services.apiserver.resources.claims import IPS, PORTS, Addresses, Claims, Pool, Ports
from services.apiserver.resources.hooks import Hooks
from services.apiserver.resources.repair import Repair
from services.apiserver.resources.services import ServiceHook
from services.apiserver.watching.cache import Cache
from services.objects.kinds import KINDS, SERVICE
from services.objects.schema import Schema
from services.storage.store import Readable, Writable


class Parts(NamedTuple):
    """`cache.run`, `repair.run` and `custom.run` are for the caller's TaskGroup."""

    api: Api
    authenticator: Authenticator
    cache: Cache
    repair: Repair
    addresses: Addresses
    custom: Settling


def assemble(reader: Readable, writer: Writable, schema: Schema, *, service_cidr: str = "10.96.0.0/16",
             node_ports: str = "30000-32767", signer: Signer | None = None,
             tokens: Mapping[str, Caller] | None = None) -> Parts:  # fmt: skip
    """`tokens` are fixed ones, by token."""
    resources = CustomResources(KINDS)
    cache = Cache(reader, KINDS, resources)
    resources.follow(cache)
    addresses, ips, ports = Addresses(service_cidr), Claims(IPS, reader, writer), Claims(PORTS, reader, writer)
    rng = random.Random()
    hook = ServiceHook(Pool(addresses, ips, rng), Pool(Ports(node_ports), ports, rng))
    hooks = Hooks({SERVICE: hook})
    accounts = [] if signer is None else [ServiceAccountTokens(signer, cache)]
    authenticator = Authenticator(tokens or {}, accounts, () if signer is None else (signer.issuer,))
    core = Core(cache, reader, writer, schema, built_in.chain(cache, reader, lambda: core.now()), hooks)
    api = Api(core, authenticator, signer)
    return Parts(api, authenticator, cache, Repair(cache, writer, ips, ports), addresses, Settling(api, resources))
