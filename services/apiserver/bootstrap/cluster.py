"""What every cluster has: namespaces, the system's priorities, and the Service default/kubernetes with the addresses of
the living apiservers."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any

from services.apiserver.bootstrap.identity import CALLER, LABEL, NAMESPACE, RENEW_EVERY, Presence, alive, forgotten
from services.apiserver.handlers.api import Api
from services.apiserver.request import DeleteOptions, Target, WriteOptions
from services.foundation import log
from services.objects import kinds
from services.objects.endpointslices import SERVICE_NAME
from services.objects.errors import AlreadyExists, Conflict, NotFound, StatusError
from services.objects.kinds.kind import Kind
from services.objects.kinds.scheduling.priorityclass import SYSTEM_PRIORITIES
from services.objects.meta import Obj
from services.storage.store import StoreUnavailable

logger = log.get(__name__)

# As Kubernetes describes them: people see it in `kubectl describe`.
_CRITICAL = {
    "system-cluster-critical": "Used for system critical pods that must run in the cluster, but can be moved to "
                               "another node if necessary.",
    "system-node-critical": "Used for system critical pods that must not be moved from their current node.",
}  # fmt: skip
NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")


class Bootstrap:
    def __init__(self, api: Api, presence: Presence, first_address: str) -> None:
        self._api = api
        self._presence = presence
        self._first_address = first_address
        self.done = asyncio.Event()

    async def run(self) -> None:
        """For a TaskGroup. What fails is tried again: etcd may be away, another process may be doing the same."""
        while True:
            try:
                await self._api.core.cache.synced.wait()
                await self._once()
                self.done.set()
            except (StatusError, StoreUnavailable) as error:
                logger.warning("bootstrap is not complete, trying again", error=str(error))
            await asyncio.sleep(RENEW_EVERY if self.done.is_set() else 0.5)

    async def _once(self) -> None:
        if not self.done.is_set():
            for name in NAMESPACES:
                await self._ensure(kinds.NAMESPACE, {"metadata": {"name": name}})
            for name, value in SYSTEM_PRIORITIES.items():
                await self._ensure(kinds.PRIORITYCLASS, {"metadata": {"name": name}, "value": value,
                                                         "description": _CRITICAL[name]})  # fmt: skip
        await self._presence.renew()
        await self._api.core.cache.fresh()
        await self._point_kubernetes()

    async def _ensure(self, kind: Kind, obj: Obj) -> None:
        namespace = obj["metadata"].get("namespace", "")
        target = Target(kind, namespace, obj["metadata"]["name"])
        if self._api.core.cached(target) is not None:
            return
        try:
            await self._api.create(CALLER, Target(kind, namespace), obj, WriteOptions())
        except AlreadyExists:
            logger.debug("another process made it first", kind=kind.kind, name=target.name)

    async def _point_kubernetes(self) -> None:
        now = self._api.core.now()
        leases = [item.object() for item in self._api.core.cache.collection(kinds.LEASE).items(NAMESPACE)
                  if LABEL in item.labels]  # fmt: skip
        for name in forgotten(leases, now):
            await self._delete_lease(name)
        addresses = alive(leases, now)
        metadata = {"name": "kubernetes", "namespace": "default",
                    "labels": {"component": "apiserver", "provider": "kubernetes"}}  # fmt: skip
        # The port in the cluster is always 443; a Service has one target port, so processes should agree on theirs.
        port = addresses[0][1] if addresses else 6443
        spec = {"type": "ClusterIP", "clusterIP": self._first_address, "sessionAffinity": "None",
                "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": port}]}  # fmt: skip
        await self._ensure(kinds.SERVICE, {"metadata": metadata, "spec": spec})
        hosts = [host for host, _ in addresses if not ipaddress.ip_address(host).is_loopback]
        await self._set(kinds.ENDPOINTS, _endpoints(hosts, port))
        await self._set(kinds.ENDPOINTSLICE, _slice(hosts, port))

    async def _delete_lease(self, name: str) -> None:
        try:
            await self._api.delete(CALLER, Target(kinds.LEASE, NAMESPACE, name), DeleteOptions(), WriteOptions())
        except NotFound:
            logger.debug("another process forgot it first", lease=name)

    async def _set(self, kind: Kind, wanted: Obj) -> None:
        """Created or brought up to date; nothing is written when nothing changed."""
        target = Target(kind, "default", "kubernetes")
        current = self._api.core.cached(target)
        if current is None:
            await self._ensure(kind, wanted)
            return
        try:
            await self._api.update(CALLER, target, wanted, WriteOptions())
        except Conflict as error:
            logger.debug("another process was faster", kind=kind.kind, error=str(error))


def _endpoints(hosts: list[str], port: int) -> Obj:
    metadata: dict[str, Any] = {"name": "kubernetes", "namespace": "default",
                                "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}}  # fmt: skip
    if not hosts:
        return {"metadata": metadata}
    subset = {
        "addresses": [{"ip": host} for host in hosts],
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
    }
    return {"metadata": metadata, "subsets": [subset]}


def _slice(hosts: list[str], port: int) -> Obj:
    return {
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {SERVICE_NAME: "kubernetes"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [host], "conditions": {"ready": True}} for host in hosts],
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
    }
