"""The allocation of a claim as its status says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from services.objects.meta import Obj
from services.scheduler.cluster.devices.facts import Allocation, Class, DeviceClaim, allocation_of
from services.scheduler.cluster.devices.pools import place_of
from services.scheduler.plugins.devices.reaching import part_of
from services.scheduler.plugins.devices.search import Given


def exclusive(status: Obj | None) -> Allocation | None:
    """What is taken from others."""
    return None if status is None else allocation_of(status)


def allocation(claim: DeviceClaim, given: Sequence[Given], classes: Mapping[str, Class]) -> Obj:
    """Its devices, how they are to be configured, and where they are."""
    devices: Obj = {"results": [_result(each) for each in given]}
    if config := _config(claim, given, classes):
        devices["config"] = config
    selector = _selector(given)
    return {"devices": devices, **({"nodeSelector": selector} if selector is not None else {})}


def _result(given: Given) -> Obj:
    driver, pool, device = given.id
    found: Obj = {"request": given.request.name, "driver": driver, "pool": pool, "device": device}
    if given.request.admin:
        found["adminAccess"] = True
    if given.request.told:
        found["tolerations"] = orjson.loads(given.request.told)
    return found


def _config(claim: DeviceClaim, given: Sequence[Given], classes: Mapping[str, Class]) -> list[Obj]:
    """That of the classes, each once, before that of the claim; what a class says to all requests names none."""
    chosen = list(dict.fromkeys(each.request for each in given))
    requests: dict[str, list[str]] = {}
    for request in chosen:
        requests.setdefault(request.class_name, []).append(request.name)
    found: list[Obj] = [{"source": "FromClass", **({"requests": names} if len(names) < len(chosen) else {}), **config}
                        for name, names in requests.items() for config in orjson.loads(classes[name].config)]
    names = {name for request in chosen for name in (request.name, request.parent)}
    found += [{"source": "FromClaim", **config} for config in orjson.loads(claim.config)
              if not config.get("requests") or not names.isdisjoint(config["requests"])]  # fmt: skip
    return found


def _selector(given: Sequence[Given]) -> Obj | None:
    """Which nodes reach all of the devices; None when all do."""
    term: dict[str, list[Any]] = {}
    for each in given:
        where = place_of(part_of(each.pool, each.device), each.device)
        if where.node:
            only = {"key": "metadata.name", "operator": "In", "values": [where.node]}
            return {"nodeSelectorTerms": [{"matchFields": [only]}]}
        for one in orjson.loads(where.selector) if where.selector else ():
            for field, requirements in one.items():
                have = term.setdefault(field, [])
                have += [requirement for requirement in requirements if requirement not in have]
    return {"nodeSelectorTerms": [term]} if term else None
