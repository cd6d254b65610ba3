"""What a pod's volumes ask of the place where it runs: which claims it uses, and which disks it names itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

# What may stand in a volume that scheduling depends on.
SOURCES = frozenset({"persistentVolumeClaim", "ephemeral", "gcePersistentDisk", "awsElasticBlockStore", "iscsi", "rbd"})

_NOWHERE = frozenset({""})


class Use(NamedTuple):
    """Of a claim. One that is made for the pod (a generic ephemeral volume) must be owned by it: `owner` is then the
    pod's uid, and `pod` its name."""

    namespace: str
    name: str
    owner: str = ""
    pod: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name


class Disk(NamedTuple):
    """A disk that pods on the same node can only read together; `hosts` are other names for the same place, of which
    two that mean it have one in common."""

    kind: str
    name: str
    read_only: bool = False
    hosts: frozenset[str] = _NOWHERE

    def conflicts(self, other: Disk) -> bool:
        return (
            (self.kind, self.name) == (other.kind, other.name) and not self.hosts.isdisjoint(other.hosts)
            and not (self.read_only and other.read_only)
        )  # fmt: skip


def concerning(volumes: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of a pod's volumes that scheduling depends on."""
    return [each for each in volumes if not SOURCES.isdisjoint(each)]


def uses(volumes: Iterable[Mapping[str, Any]], namespace: str, pod: str, uid: str) -> Iterable[Use]:
    for each in volumes:
        if each.get("persistentVolumeClaim"):
            yield Use(namespace, each["persistentVolumeClaim"].get("claimName") or "")
        elif each.get("ephemeral"):
            yield Use(namespace, f"{pod}-{each['name']}", uid, pod)


def disks(volumes: Iterable[Mapping[str, Any]]) -> Iterable[Disk]:
    for each in volumes:
        if source := each.get("gcePersistentDisk"):
            yield Disk("gcePersistentDisk", source["pdName"], bool(source.get("readOnly")))
        if source := each.get("awsElasticBlockStore"):
            yield Disk("awsElasticBlockStore", source["volumeID"])
        if source := each.get("iscsi"):
            yield Disk("iscsi", source["iqn"], bool(source.get("readOnly")))
        if source := each.get("rbd"):
            name = f"{source.get('pool') or ''}/{source['image']}"
            yield Disk("rbd", name, bool(source.get("readOnly")), frozenset(source.get("monitors") or ()))
