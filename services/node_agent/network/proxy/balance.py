"""Keeps the Services and EndpointSlices of the cluster, and gives the ruleset they make.

The share of a Service is worked out again only when the Service or a slice of it has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.node_agent.network.proxy import rules
from services.node_agent.network.proxy.conntrack import Flow, Target
from services.node_agent.network.proxy.rules import Share
from services.node_agent.network.proxy.ruleset import Ruleset
from services.objects.endpointslices import service_of
from services.objects.meta import Obj

Key = tuple[str, str]


class Balance:
    """Pure state: no clock, no sockets. `reserved` is an address that is none of the Services' business."""

    def __init__(self, node: str, reserved: str) -> None:
        self._node = node
        self._reserved = reserved
        self._services: dict[Key, Obj] = {}
        self._slices: dict[Key, dict[str, Obj]] = {}
        self._slice_service: dict[Key, Key] = {}
        self._shares: dict[Key, Share] = {}
        self._stale: set[Key] = set()
        self._pod_cidrs: tuple[str, ...] = ()
        self._local_cidrs: tuple[str, ...] = ()

    def set_service(self, service: Obj) -> None:
        metadata = service["metadata"]
        key = (metadata.get("namespace", ""), metadata["name"])
        self._services[key] = service
        self._stale.add(key)

    def remove_service(self, namespace: str, name: str) -> None:
        self._services.pop((namespace, name), None)
        self._stale.add((namespace, name))

    def set_slice(self, endpointslice: Obj) -> None:
        metadata = endpointslice["metadata"]
        place, owner = (metadata.get("namespace", ""), metadata["name"]), service_of(endpointslice)
        if self._slice_service.get(place) not in (None, owner):
            self.remove_slice(*place)
        if owner is not None:
            self._slice_service[place] = owner
            self._slices.setdefault(owner, {})[metadata["name"]] = endpointslice
            self._stale.add(owner)

    def remove_slice(self, namespace: str, name: str) -> None:
        owner = self._slice_service.pop((namespace, name), None)
        if owner is not None:
            self._slices[owner].pop(name, None)
            self._stale.add(owner)

    def set_cidrs(self, pod_cidrs: Iterable[str], local_cidrs: Iterable[str]) -> None:
        """Those of all nodes, and those of this one."""
        self._pod_cidrs, self._local_cidrs = tuple(pod_cidrs), tuple(local_cidrs)

    def ruleset(self, host_ports: Iterable[Share] = ()) -> tuple[Ruleset, Mapping[Flow, frozenset[Target]]]:
        """The rules with those of the node's own `host_ports`, and where UDP clients are led."""
        for key in self._stale:
            service = self._services.get(key)
            if service is None:
                self._shares.pop(key, None)
            else:
                slices = [piece for _, piece in sorted(self._slices.get(key, {}).items())]
                self._shares[key] = rules.share_of(service, slices, self._node, self._reserved)
        self._stale.clear()
        shares = [*host_ports, *self._shares.values()]  # in this order: a nodePort goes before a hostPort
        flows = {flow: led for share in shares for flow, led in share.flows.items()}
        return rules.merge(shares, self._pod_cidrs, self._local_cidrs), flows
