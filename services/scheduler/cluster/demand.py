"""What a pod asks of a node: the part of its spec that scheduling depends on, as a hashable value.

Pods of the same template have equal demands, and share masks and scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import orjson

from services.objects.meta import Obj, is_deleting
from services.scheduler.cluster import neighbours
from services.scheduler.cluster.devices.needs import Need, needs
from services.scheduler.cluster.gangs import GangKey, Membership, membership
from services.scheduler.cluster.mounts import Disk, Use, concerning, disks, uses
from services.scheduler.cluster.neighbours import NOBODY, Kin, PodTerm, Spread
from services.scheduler.cluster.requests import CPU, MEMORY, NO_REPORT, PODS, add_report, guessed, reported, total


class HostPort(NamedTuple):
    ip: str
    protocol: str
    port: int


class Toleration(NamedTuple):
    key: str
    operator: str
    value: str
    effect: str


class Requirement(NamedTuple):
    """`operator` is In, NotIn, Exists, DoesNotExist, Gt or Lt."""

    key: str
    operator: str
    values: tuple[str, ...]


class Term(NamedTuple):
    """A node selector term: all of it must hold; an empty one holds nowhere."""

    expressions: tuple[Requirement, ...]
    fields: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Demand:
    """`requests`: cpu in thousandths, everything else in units, one of `pods` included; `usage` is (cpu, memory) as
    taken for comparisons. `terms` is None without a required node affinity, else one of them must hold. `near` and
    `apart` are the required terms about other pods, `likes` the preferred ones (with negative weights: dislikes);
    `kin` is what other pods' terms see of it."""

    requests: tuple[tuple[str, int], ...]
    usage: tuple[int, int]
    selector: tuple[tuple[str, str], ...] = ()
    terms: tuple[Term, ...] | None = None
    preferences: tuple[tuple[int, Term], ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    ports: tuple[HostPort, ...] = ()
    node: str = ""
    images: tuple[str, ...] = ()
    near: tuple[PodTerm, ...] = ()
    apart: tuple[PodTerm, ...] = ()
    likes: tuple[tuple[int, PodTerm], ...] = ()
    spreads: tuple[Spread, ...] = ()
    claims: tuple[Use, ...] = ()
    disks: tuple[Disk, ...] = ()
    devices: tuple[Need, ...] = ()
    kin: Kin = NOBODY
    _hash: int = field(init=False, compare=False, repr=False)
    _anonymous: Demand | None = field(init=False, compare=False, repr=False, default=None)
    _unclaimed: Demand | None = field(init=False, compare=False, repr=False, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((
            self.requests, self.usage, self.selector, self.terms, self.preferences, self.tolerations, self.ports,
            self.node, self.images, self.near, self.apart, self.likes, self.spreads, self.claims,
            self.disks, self.devices, self.kin)))  # fmt: skip

    def __hash__(self) -> int:
        return self._hash

    @property
    def is_sociable(self) -> bool:
        """Whether it asks anything of where other pods are."""
        return bool(self.near or self.apart or self.likes or self.spreads)

    @property
    def anonymous(self) -> Demand:
        """The same of a pod that no term means."""
        found = self._anonymous
        if found is None:
            found = self if self.kin == NOBODY else intern(replace(self, kin=NOBODY))
            object.__setattr__(self, "_anonymous", found)
        return found

    @property
    def unclaimed(self) -> Demand:
        """The same of a pod that uses no claims."""
        found = self._unclaimed
        if found is None:
            found = intern(replace(self, claims=())) if self.claims else self
            object.__setattr__(self, "_unclaimed", found)
        return found

    def placed(self) -> Demand:
        """As it counts on a node: where it could have gone makes no difference any more."""
        return intern(replace(self, node="")) if self.node else self


_known: WeakValueDictionary[Demand, Demand] = WeakValueDictionary()


def intern(demand: Demand) -> Demand:
    """The one object of all equal demands: comparing it with itself costs nothing."""
    return _known.setdefault(demand, demand)


class PodInfo(NamedTuple):
    """A pod as the scheduler handles it. `started` is when it began to run, or came into being (RFC 3339, so that it
    can be compared as text); `nominated` the node that was cleared for it; `preempts` is false for pods that wait
    rather than have others removed; `scheduler` names the profile that decides for it; `gang` is what it is placed
    together with, if anything."""

    namespace: str
    name: str
    uid: str
    priority: int
    demand: Demand
    started: str = ""
    nominated: str = ""
    preempts: bool = True
    scheduler: str = ""
    gang: Membership | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name

    @property
    def gang_key(self) -> GangKey | None:
        return None if self.gang is None else (self.namespace, self.gang.name)


def read(pod: Obj, spreads: tuple[Spread, ...] = ()) -> PodInfo:
    """`spreads` are for a pod that has none of its own. Raises quantity.QuantityError for amounts that no apiserver
    would have taken."""
    meta, spec = pod["metadata"], pod["spec"]
    status = pod.get("status") or {}
    return PodInfo(
        meta.get("namespace", ""), meta["name"], meta.get("uid", ""), spec.get("priority") or 0,
        demand_of(pod, spreads),
        status.get("startTime") or meta.get("creationTimestamp") or "", status.get("nominatedNodeName") or "",
        spec.get("preemptionPolicy") != "Never", spec.get("schedulerName") or "", membership(meta.get("labels")),
    )  # fmt: skip


# What is read of a pod's spec, and of each of its containers.
_SPEC = ("affinity", "nodeName", "nodeSelector", "overhead", "resources", "tolerations", "topologySpreadConstraints")
_CONTAINER = ("image", "ports", "resources", "restartPolicy")
_LONGEST = 8192  # bytes of a demand as text; longer ones are not kept, since memory is not for users to fill


def demand_of(pod: Obj, spreads: tuple[Spread, ...] = ()) -> Demand:
    """What was read of a pod is kept for others of its template: looking that up takes a tenth of reading it."""
    spec, meta = pod["spec"], pod["metadata"]
    seen = {name: spec[name] for name in _SPEC if name in spec}
    told, seen["infeasible"] = reported(pod)
    for name in ("initContainers", "containers"):
        seen[name] = [{part: each[part] for part in _CONTAINER if part in each} for each in spec.get(name) or ()]
        if told:
            for container, each in zip(seen[name], spec.get(name) or (), strict=True):
                add_report(container, told.get(each["name"], NO_REPORT))
    if spec.get("resourceClaims"):
        seen["devices"] = spec["resourceClaims"], (pod.get("status") or {}).get("resourceClaimStatuses") or ()
        seen["pod"] = meta["name"], meta.get("uid", "")
    text = orjson.dumps((meta.get("namespace", ""), meta.get("labels"), is_deleting(pod), seen))
    found = (_recently if len(text) <= _LONGEST else _from)(text, spreads)
    volumes = spec.get("volumes")
    if not volumes or not (volumes := concerning(volumes)):
        return found
    # Pods of a template have claims of their own, so these are not kept with it.
    claims = uses(volumes, meta.get("namespace", ""), meta["name"], meta.get("uid", ""))
    return intern(replace(found, claims=tuple(claims), disks=tuple(disks(volumes))))


def _from(text: bytes, spreads: tuple[Spread, ...]) -> Demand:
    namespace, labels, deleting, spec = orjson.loads(text)
    kin = Kin(namespace, tuple(sorted((labels or {}).items())), deleting)
    near, apart, likes = neighbours.terms(spec.get("affinity") or {}, kin)
    requests = total(spec)
    used = total(spec, guessed(spec, requests))
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    (name, uid), (wanted, made) = spec.get("pod") or ("", ""), spec.get("devices") or ((), ())
    return intern(Demand(
        requests=tuple(sorted({**{name: amount for name, amount in requests.items() if amount > 0}, PODS: 1}.items())),
        usage=(used.get(CPU, 0), used.get(MEMORY, 0)),
        selector=tuple(sorted((spec.get("nodeSelector") or {}).items())),
        terms=node_terms(affinity),
        preferences=node_preferences(affinity),
        tolerations=tuple(_toleration(each) for each in spec.get("tolerations") or ()),
        ports=tuple(_host_ports(spec)),
        node=spec.get("nodeName") or "",
        images=tuple(normalized(each.get("image") or "") for each in (*(spec.get("initContainers") or ()),
                                                                      *(spec.get("containers") or ()))),
        near=near, apart=apart, likes=likes, spreads=neighbours.spreads(spec, kin) or spreads,
        devices=tuple(needs(wanted, made, namespace, name, uid)), kin=kin,
    ))  # fmt: skip


_recently = lru_cache(4096)(_from)


def normalized(image: str) -> str:
    """With its tag: a colon behind the last slash begins one, or a digest."""
    return image if ":" in image.rpartition("/")[2] else f"{image}:latest"


def node_terms(affinity: Mapping[str, Any]) -> tuple[Term, ...] | None:
    """Of a node affinity: one of them must hold; None when nothing is required."""
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return None if required is None else terms_of(required)


def terms_of(selector: Mapping[str, Any]) -> tuple[Term, ...]:
    """Of a node selector: one of them must hold."""
    return tuple(_term(term) for term in selector.get("nodeSelectorTerms") or ())


def node_preferences(affinity: Mapping[str, Any]) -> tuple[tuple[int, Term], ...]:
    """Terms with their weights, but for empty ones: these prefer nothing."""
    preferred = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    found = ((each["weight"], _term(each["preference"])) for each in preferred)
    return tuple((weight, term) for weight, term in found if term != Term((), ()))


def _term(term: Mapping[str, Any]) -> Term:
    return Term(requirements(term.get("matchExpressions")), requirements(term.get("matchFields")))


def requirements(expressions: Iterable[Mapping[str, Any]] | None) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(each["key"], each["operator"], tuple(each.get("values") or ())) for each in expressions or ()
    )


def _toleration(toleration: Mapping[str, Any]) -> Toleration:
    return Toleration(
        toleration.get("key") or "", toleration.get("operator") or "Equal",
        toleration.get("value") or "", toleration.get("effect") or "",
    )  # fmt: skip


def _host_ports(spec: Mapping[str, Any]) -> Iterable[HostPort]:
    sidecars = (each for each in spec.get("initContainers") or () if each.get("restartPolicy") == "Always")
    for container in (*(spec.get("containers") or ()), *sidecars):
        for port in container.get("ports") or ():
            if port.get("hostPort"):
                yield HostPort(port.get("hostIP") or "0.0.0.0", port.get("protocol") or "TCP", port["hostPort"])
