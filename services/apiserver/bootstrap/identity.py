"""This process among its like: a Lease that says where it can be reached.

Agents read the annotation `pinnace.io/grpc-address` to hold a session with every apiserver process; the Service
default/kubernetes points to the processes whose Lease is alive.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
from datetime import datetime, timedelta
from typing import NamedTuple

from services.apiserver.handlers.api import Api
from services.apiserver.request import Caller, DeleteOptions, Target, WriteOptions
from services.foundation import log
from services.objects import times
from services.objects.errors import NotFound, StatusError
from services.objects.kinds import LEASE
from services.objects.meta import Obj

logger = log.get(__name__)

NAMESPACE = "kube-system"
LABEL = "apiserver.kubernetes.io/identity"
IDENTITY = "kube-apiserver"
GRPC_ADDRESS = "pinnace.io/grpc-address"
REST_ADDRESS = "pinnace.io/rest-address"
RENEW_EVERY = 10.0
DURATION = 30  # seconds without renewal after which the process counts as gone
FORGET_AFTER = timedelta(hours=1)

CALLER = Caller("system:apiserver", frozenset({"system:masters", "system:authenticated"}))


class Address(NamedTuple):
    host: str
    port: int
    grpc_port: int

    @property
    def name(self) -> str:
        """The same for a process that comes back on the same address, so restarts leave nothing behind."""
        digest = hashlib.sha256(f"{self.host}:{self.port}:{self.grpc_port}".encode()).hexdigest()
        return f"apiserver-{digest[:26]}"


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def default_address(bind_address: str) -> str:
    """The address others reach this machine at when nobody said: that of the default route."""
    if bind_address not in ("", "0.0.0.0", "::"):
        return bind_address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of the documentation's network; nothing is sent
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


class Presence:
    """Keeps the Lease of this process."""

    def __init__(self, api: Api, address: Address) -> None:
        self._api = api
        self._address = address
        self._target = Target(LEASE, NAMESPACE, address.name)

    async def renew(self) -> None:
        """Raises StatusError."""
        now = self._api.core.now()
        try:
            found = await self._api.core.live(self._target)
            if found is None:
                await self._api.create(CALLER, Target(LEASE, NAMESPACE), self._lease(now), WriteOptions())
                return
            lease = found.object()
            wanted = self._lease(now)
            lease["metadata"]["labels"] = wanted["metadata"]["labels"]
            lease["metadata"]["annotations"] = wanted["metadata"]["annotations"]
            lease["spec"] = {**lease.get("spec", {}), **wanted["spec"]}
            lease["spec"]["acquireTime"] = found.object()["spec"].get("acquireTime", wanted["spec"]["acquireTime"])
            await self._api.update(CALLER, self._target, lease, WriteOptions())
        except NotFound:
            logger.info("the lease of this process went away, making it again", lease=self._address.name)
            raise

    def _lease(self, now: datetime) -> Obj:
        address = self._address
        annotations = {GRPC_ADDRESS: _joined(address.host, address.grpc_port),
                       REST_ADDRESS: _joined(address.host, address.port)}  # fmt: skip
        metadata = {
            "name": address.name,
            "namespace": NAMESPACE,
            "labels": {LABEL: IDENTITY},
            "annotations": annotations,
        }
        spec = {"holderIdentity": f"{address.name}_{socket.gethostname()}", "leaseDurationSeconds": DURATION,
                "acquireTime": times.micro(now), "renewTime": times.micro(now)}  # fmt: skip
        return {"apiVersion": LEASE.api_version, "kind": LEASE.kind, "metadata": metadata, "spec": spec}

    async def withdraw(self) -> None:
        """At the end, so that nobody dials a process that is gone."""
        try:
            async with asyncio.timeout(2):
                await self._api.delete(CALLER, self._target, DeleteOptions(), WriteOptions())
        except (StatusError, TimeoutError) as error:
            logger.info("the lease of this process stays until it expires", reason=str(error))


def alive(leases: list[Obj], now: datetime) -> list[tuple[str, int]]:
    """REST addresses of the processes that renew their Lease, in order."""
    found = set()
    for lease in leases:
        renewed = times.parse_or_none((lease.get("spec") or {}).get("renewTime"))
        text = (lease["metadata"].get("annotations") or {}).get(REST_ADDRESS, "")
        host, _, port = text.rpartition(":")
        if renewed is not None and host and now - renewed <= timedelta(seconds=DURATION):
            found.add((host.strip("[]"), int(port)))
    return sorted(found)


def forgotten(leases: list[Obj], now: datetime) -> list[str]:
    """Names of Leases nobody will renew."""
    names = []
    for lease in leases:
        renewed = times.parse_or_none((lease.get("spec") or {}).get("renewTime"))
        if renewed is not None and now - renewed > FORGET_AFTER:
            names.append(lease["metadata"]["name"])
    return names
