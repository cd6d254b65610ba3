"""Services: addresses and ports that nobody else has."""

from __future__ import annotations

import asyncio
import copy
import random
from typing import Any

import orjson
import pytest

from services.apiserver.assembly import Parts
from services.apiserver.handlers.api import Api
from services.apiserver.request import Caller, DeleteOptions, Target, WriteOptions
from services.apiserver.resources import claims
from services.objects import kinds
from services.objects.errors import Invalid
from services.objects.meta import Obj
from services.storage.memory import MemoryStore

ADMIN = Caller("admin")
PLAIN = WriteOptions()
SERVICES = Target(kinds.SERVICE, "default")
MERGE = "application/merge-patch+json"


def service(name: str, type: str = "ClusterIP", **spec: Any) -> Obj:
    return {"metadata": {"name": name}, "spec": {"type": type, "ports": [{"port": 80}], **spec}}


async def make(api: Api, obj: Obj) -> Obj:
    return orjson.loads((await api.create(ADMIN, SERVICES, copy.deepcopy(obj), PLAIN)).json)


async def change(api: Api, name: str, **spec: Any) -> Obj:
    patch = orjson.dumps({"spec": spec})
    return orjson.loads((await api.patch(ADMIN, SERVICES._replace(name=name), MERGE, patch, False, PLAIN)).json)


async def claimed(store: MemoryStore) -> set[str]:
    return {entry.key.removeprefix(claims.ROOT) for entry in (await store.range(claims.ROOT)).entries}


async def test_a_cluster_ip_is_made_up_and_given_back(api: Api, store: MemoryStore) -> None:
    made = await make(api, service("s"))
    spec = made["spec"]
    assert spec["clusterIPs"] == [spec["clusterIP"]]
    assert (spec["ipFamilies"], spec["ipFamilyPolicy"]) == (["IPv4"], "SingleStack")
    assert "nodePort" not in spec["ports"][0]
    assert await claimed(store) == {f"ips/{spec['clusterIP']}"}
    again = await change(api, "s", selector={"a": "b"})
    assert again["spec"]["clusterIP"] == spec["clusterIP"]
    replaced = orjson.loads((await api.update(ADMIN, SERVICES._replace(name="s"), service("s"), PLAIN)).json)
    assert replaced["spec"]["clusterIP"] == spec["clusterIP"]
    await api.delete(ADMIN, SERVICES._replace(name="s"), DeleteOptions(), PLAIN)
    assert await claimed(store) == set()


async def test_chosen_addresses(api: Api, store: MemoryStore) -> None:
    made = await make(api, service("s", clusterIP="10.96.0.10"))
    assert made["spec"]["clusterIPs"] == ["10.96.0.10"]
    with pytest.raises(Invalid) as refused:
        await make(api, service("t", clusterIP="10.96.0.10"))
    assert refused.value.message == (
        'Service "t" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: '
        "failed to allocate IP 10.96.0.10: provided IP is already allocated"
    )
    with pytest.raises(Invalid, match=r"is not in the valid range\. The range of valid IPs is 10\.96\.0\.0/16"):
        await make(api, service("t", clusterIP="192.168.0.1"))
    headless = await make(api, service("h", clusterIP="None"))
    assert headless["spec"]["clusterIPs"] == ["None"]
    assert await claimed(store) == {"ips/10.96.0.10"}


async def test_node_ports_come_and_go_with_the_type(api: Api, store: MemoryStore) -> None:
    made = await make(api, service("s", "NodePort"))
    port = made["spec"]["ports"][0]["nodePort"]
    assert 30000 <= port <= 32767
    assert (await change(api, "s", selector={"a": "b"}))["spec"]["ports"][0]["nodePort"] == port
    with pytest.raises(Invalid, match="provided port is already allocated"):
        await make(api, service("t", "NodePort", ports=[{"port": 80, "nodePort": port}]))
    with pytest.raises(Invalid, match=r"not in the valid range\. The range of valid ports is 30000-32767"):
        await make(api, service("t", "NodePort", ports=[{"port": 80, "nodePort": 80}]))
    assert len(await claimed(store)) == 2
    back = await change(api, "s", type="ClusterIP", ports=[{"port": 80, "protocol": "TCP"}])
    assert "nodePort" not in back["spec"]["ports"][0]
    assert len(await claimed(store)) == 1


async def test_a_load_balancer_with_local_traffic_has_a_health_port(api: Api, store: MemoryStore) -> None:
    made = await make(api, service("s", "LoadBalancer", externalTrafficPolicy="Local"))
    health = made["spec"]["healthCheckNodePort"]
    assert f"ports/{health}" in await claimed(store)
    await api.delete(ADMIN, SERVICES._replace(name="s"), DeleteOptions(), PLAIN)
    assert await claimed(store) == set()


async def test_an_external_name_gives_its_address_back(api: Api, store: MemoryStore) -> None:
    await make(api, service("s"))
    patched = await change(api, "s", type="ExternalName", externalName="example.com", clusterIP=None, clusterIPs=None,
                           ports=None)  # fmt: skip
    assert "clusterIP" not in patched["spec"]
    assert await claimed(store) == set()


async def test_a_service_held_by_a_finalizer_keeps_its_address_until_it_is_gone(api: Api, store: MemoryStore) -> None:
    body = service("s")
    body["metadata"]["finalizers"] = ["example.com/held"]
    await make(api, body)
    target = SERVICES._replace(name="s")
    await api.delete(ADMIN, target, DeleteOptions(), PLAIN)
    assert len(await claimed(store)) == 1
    await api.patch(ADMIN, target, MERGE, b'{"metadata":{"finalizers":[]}}', False, PLAIN)
    assert await claimed(store) == set()


async def test_a_refused_service_claims_nothing(api: Api, store: MemoryStore) -> None:
    await make(api, service("s"))
    before = await claimed(store)
    for body in (service("s", "NodePort"), service("t", "NodePort", ports=[{"port": 80}, {"port": 81, "nodePort": 1}])):
        result = await asyncio.gather(make(api, body), return_exceptions=True)
        assert isinstance(result[0], Exception)
    assert await claimed(store) == before


async def test_races_for_one_address_have_one_winner(parts: Parts, store: MemoryStore) -> None:
    bodies = [service(f"s{number}", clusterIP="10.96.0.9") for number in range(8)]
    results = await asyncio.gather(*(make(parts.api, body) for body in bodies), return_exceptions=True)
    assert sum(isinstance(result, dict) for result in results) == 1
    assert await claimed(store) == {"ips/10.96.0.9"}


async def test_a_full_range(store: MemoryStore) -> None:
    pool = claims.Pool(claims.Addresses("10.0.0.0/29"), claims.Claims(claims.IPS, store, store), random.Random(1))
    owners = [claims.Owner("n", f"s{number}", str(number)) for number in range(7)]
    found = [await pool.any(owner) for owner in owners[:6]]
    assert len(set(found)) == 6
    with pytest.raises(claims.Exhausted):
        await pool.any(owners[6])
    await pool.claims.free(found[0], owners[6])  # not its own: nothing happens
    with pytest.raises(claims.Exhausted):
        await pool.any(owners[6])
    await pool.claims.free(found[0], owners[0])
    assert await pool.any(owners[6]) == found[0]


async def test_repair(parts: Parts, store: MemoryStore) -> None:
    made = await make(parts.api, service("s"))
    address = made["spec"]["clusterIP"]
    ips = claims.Claims(claims.IPS, store, store)
    owner = claims.Owner("default", "s", made["metadata"]["uid"])
    await ips.free(address, owner)
    await ips.take("10.96.5.5", claims.Owner("default", "crashed", "x"))
    await parts.repair.once()
    # What lost its claim has it again; what has no Service is only suspected, it may be on its way.
    assert await claimed(store) == {f"ips/{address}", "ips/10.96.5.5"}
    await parts.repair.once()
    assert await claimed(store) == {f"ips/{address}"}
