"""Services: a cluster IP for each, node ports for those that ask, given back when no longer wanted.

https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/; one address family for now.
"""

from __future__ import annotations

from typing import Any

from services.apiserver.resources.claims import Exhausted, Owner, Pool, Taken
from services.apiserver.resources.hooks import Claim
from services.objects.errors import Cause, InternalError, Invalid
from services.objects.meta import Obj

_WITH_NODE_PORTS = ("NodePort", "LoadBalancer")


class ServiceHook:
    def __init__(self, addresses: Pool, ports: Pool) -> None:
        self._addresses = addresses
        self._ports = ports

    async def creating(self, new: Obj, claim: Claim, dry_run: bool) -> None:
        new["spec"] = dict(new.get("spec") or {})
        await self._address(new, None, claim, dry_run)
        await self._node_ports(new, None, claim, dry_run)

    async def updating(self, new: Obj, old: Obj, claim: Claim, dry_run: bool) -> None:
        new["spec"] = dict(new.get("spec") or {})
        _drop_left_behind(new, old)
        _inherit(new, old)
        await self._address(new, old, claim, dry_run)
        await self._node_ports(new, old, claim, dry_run)

    async def removed(self, old: Obj) -> None:
        owner = owner_of_service(old)
        for address in cluster_ips_of(old):
            await self._addresses.claims.free(address, owner)
        for port in node_ports_of(old):
            await self._ports.claims.free(str(port), owner)

    async def _address(self, new: Obj, old: Obj | None, claim: Claim, dry_run: bool) -> None:
        spec, owner, pool = new["spec"], owner_of_service(new), self._addresses
        before = cluster_ips_of(old) if old is not None else []
        if spec.get("type") == "ExternalName":
            for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
                spec.pop(field, None)
        else:
            wanted = spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), "")
            if wanted == "None":
                spec["clusterIP"], spec["clusterIPs"] = "None", ["None"]
            else:
                if not wanted:
                    wanted = await self._any_address(new, claim, dry_run)
                elif wanted not in before:
                    await self._chosen_address(new, wanted, claim, dry_run)
                spec["clusterIP"], spec["clusterIPs"] = wanted, [wanted]
            # Families follow from the network, also for a headless Service.
            spec.setdefault("ipFamilies", ["IPv4" if pool.values.network.version == 4 else "IPv6"])  # type: ignore[union-attr]
            spec.setdefault("ipFamilyPolicy", "SingleStack")
        kept = cluster_ips_of(new)
        for address in before:
            if address not in kept:
                claim.on_done(lambda address=address: pool.claims.free(address, owner))  # type: ignore[misc]

    async def _any_address(self, new: Obj, claim: Claim, dry_run: bool) -> str:
        owner, pool = owner_of_service(new), self._addresses
        try:
            address = await pool.any(owner, dry_run=dry_run)
        except Exhausted:
            raise InternalError("failed to allocate a serviceIP: range is full") from None
        if not dry_run:
            claim.on_undo(lambda: pool.claims.free(address, owner))
        return address

    async def _chosen_address(self, new: Obj, address: str, claim: Claim, dry_run: bool) -> None:
        owner, pool = owner_of_service(new), self._addresses
        if address not in pool.values:
            raise _invalid(new, "spec.clusterIPs", [address], f"failed to allocate IP {address}: the provided IP "
                           f"({address}) is not in the valid range. The range of valid IPs is "
                           f"{pool.values.network}")  # type: ignore[union-attr]  # fmt: skip
        taken = _invalid(new, "spec.clusterIPs", [address],
                         f"failed to allocate IP {address}: provided IP is already allocated")  # fmt: skip
        if dry_run:
            if not await pool.claims.is_free(address):
                raise taken
            return
        try:
            fresh = await pool.claims.take(address, owner)
        except Taken:
            raise taken from None
        if fresh:
            claim.on_undo(lambda: pool.claims.free(address, owner))

    async def _node_ports(self, new: Obj, old: Obj | None, claim: Claim, dry_run: bool) -> None:
        spec, owner, pool = new["spec"], owner_of_service(new), self._ports
        before = node_ports_of(old) if old is not None else []
        held = set(before)
        wants = spec.get("type") in _WITH_NODE_PORTS
        if spec.get("type") == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is False:
            wants = False
        shared: dict[int, int] = {}  # one number may serve the same port in TCP and UDP
        spec["ports"] = ports = [dict(port) for port in spec.get("ports") or ()]
        for index, port in enumerate(ports):
            chosen = port.get("nodePort") or 0
            if spec.get("type") not in _WITH_NODE_PORTS:
                port.pop("nodePort", None)
                continue
            if chosen and chosen not in held:
                await self._chosen_port(new, index, chosen, claim, dry_run)
            elif not chosen and wants:
                chosen = shared.get(port["port"]) or await self._any_port(new, claim, dry_run)
                port["nodePort"] = chosen
            if chosen:
                held.add(chosen)
                shared.setdefault(port["port"], chosen)
        if not ports:
            del spec["ports"]
        await self._health_port(new, held, claim, dry_run)
        kept = node_ports_of(new)
        for number in before:
            if number not in kept:
                claim.on_done(lambda number=number: pool.claims.free(str(number), owner))  # type: ignore[misc]

    async def _health_port(self, new: Obj, held: set[int], claim: Claim, dry_run: bool) -> None:
        spec = new["spec"]
        if spec.get("type") != "LoadBalancer" or spec.get("externalTrafficPolicy") != "Local":
            spec.pop("healthCheckNodePort", None)
            return
        chosen = spec.get("healthCheckNodePort") or 0
        if not chosen:
            spec["healthCheckNodePort"] = await self._any_port(new, claim, dry_run)
        elif chosen not in held:
            await self._take_port(new, "spec.healthCheckNodePort", chosen, claim, dry_run)

    async def _any_port(self, new: Obj, claim: Claim, dry_run: bool) -> int:
        owner, pool = owner_of_service(new), self._ports
        try:
            port = await pool.any(owner, dry_run=dry_run)
        except Exhausted:
            raise InternalError("failed to allocate a nodePort: range is full") from None
        if not dry_run:
            claim.on_undo(lambda: pool.claims.free(port, owner))
        return int(port)

    async def _chosen_port(self, new: Obj, index: int, port: int, claim: Claim, dry_run: bool) -> None:
        await self._take_port(new, f"spec.ports[{index}].nodePort", port, claim, dry_run)

    async def _take_port(self, new: Obj, field: str, port: int, claim: Claim, dry_run: bool) -> None:
        owner, pool = owner_of_service(new), self._ports
        values: Any = pool.values
        if str(port) not in values:
            raise _invalid(new, field, port, "provided port is not in the valid range. The range of valid ports is "
                           f"{values.low}-{values.high}")  # fmt: skip
        if dry_run:
            if not await pool.claims.is_free(str(port)):
                raise _invalid(new, field, port, "provided port is already allocated")
            return
        try:
            fresh = await pool.claims.take(str(port), owner)
        except Taken:
            raise _invalid(new, field, port, "provided port is already allocated") from None
        if fresh:
            claim.on_undo(lambda: pool.claims.free(str(port), owner))


def owner_of_service(service: Obj) -> Owner:
    metadata = service["metadata"]
    return Owner(metadata.get("namespace", ""), metadata.get("name", ""), metadata["uid"])


def cluster_ips_of(service: Obj) -> list[str]:
    return [ip for ip in (service.get("spec") or {}).get("clusterIPs") or () if ip and ip != "None"]


def node_ports_of(service: Obj) -> list[int]:
    spec = service.get("spec") or {}
    found = [port["nodePort"] for port in spec.get("ports") or () if port.get("nodePort")]
    if spec.get("healthCheckNodePort"):
        found.append(spec["healthCheckNodePort"])
    return list(dict.fromkeys(found))


# Field -> the types of Services that may have it.
_OF_TYPES = {
    "externalTrafficPolicy": ("NodePort", "LoadBalancer"),
    "allocateLoadBalancerNodePorts": ("LoadBalancer",),
    "loadBalancerClass": ("LoadBalancer",),
    "healthCheckNodePort": ("LoadBalancer",),
}


def _drop_left_behind(new: Obj, old: Obj) -> None:
    """A changed type takes away what only the old one may have, unless the update set it anew."""
    spec, before = new["spec"], old.get("spec") or {}
    if spec.get("type") == before.get("type"):
        return
    for field, types in _OF_TYPES.items():
        if spec.get("type") not in types and field in before and spec.get(field) == before[field]:
            spec.pop(field)


def _inherit(new: Obj, old: Obj) -> None:
    """What was allocated stays when the update does not mention it."""
    spec, before = new["spec"], old.get("spec") or {}
    if spec.get("type") == "ExternalName" or before.get("type") == "ExternalName":
        return
    if not spec.get("clusterIP") and not spec.get("clusterIPs"):
        for field in ("clusterIP", "clusterIPs"):
            if field in before:
                spec[field] = before[field]
    for field in ("ipFamilies", "ipFamilyPolicy"):
        if field in before:
            spec.setdefault(field, before[field])
    if spec.get("type") in _WITH_NODE_PORTS and before.get("type") in _WITH_NODE_PORTS:
        known = {
            (port["port"], port.get("protocol", "TCP")): port.get("nodePort") for port in before.get("ports") or ()
        }
        spec["ports"] = [dict(port) for port in spec.get("ports") or ()]
        given = {port.get("nodePort") for port in spec["ports"]}
        for port in spec["ports"]:
            number = known.get((port["port"], port.get("protocol", "TCP")))
            if number and not port.get("nodePort") and number not in given:
                port["nodePort"] = number
        if before.get("healthCheckNodePort"):
            spec.setdefault("healthCheckNodePort", before["healthCheckNodePort"])


def _invalid(service: Obj, field: str, value: Any, why: str) -> Invalid:
    shown = "[" + ",".join(f'"{item}"' for item in value) + "]" if isinstance(value, list) else str(value)
    return Invalid("", "Service", service["metadata"].get("name", ""),
                   [Cause("FieldValueInvalid", f"Invalid value: {shown}: {why}", field)])  # fmt: skip
