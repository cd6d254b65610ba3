"""What scheduling depends on in the objects of storage: volumes, claims, classes, capacities; as values.

Sizes are in nano-bytes, which compare as Kubernetes compares quantities. A claim's or a volume's class may stand in an
annotation that is older than the field and goes before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from services.objects import ownership, quantity, selectors
from services.objects.meta import Obj, annotations_of, is_deleting, labels_of, name_of, namespace_of, uid_of
from services.objects.selectors import LabelSelector
from services.scheduler.cluster.demand import Requirement, Term, requirements, terms_of

ClaimKey = tuple[str, str]  # namespace and name

BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
NO_PROVISIONER = "kubernetes.io/no-provisioner"

# The newer name of a topology label, by its name.
TOPOLOGY = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region": "topology.kubernetes.io/region",
}
NANO = quantity.NANO  # sizes are this many to a byte
_BETWEEN_ZONES = "__"
_EVERYWHERE = Term((Requirement("", "DoesNotExist", ()),), ())


class Reference(NamedTuple):
    """The claim that a volume is for; a user who reserves a volume does not know the uid."""

    namespace: str
    name: str
    uid: str

    @property
    def key(self) -> ClaimKey:
        return self.namespace, self.name

    def means(self, claim: Claim) -> bool:
        return self.key == claim.key and self.uid in ("", claim.uid)


class Handle(NamedTuple):
    """What hangs on a node, as its driver calls it."""

    driver: str
    name: str


class Volume(NamedTuple):
    """A PersistentVolume. `affinity` is None when every node reaches it; `zones` are what its labels say."""

    name: str
    size: int = 0
    storage_class: str = ""
    modes: frozenset[str] = frozenset()
    mode: str = "Filesystem"
    attributes_class: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    affinity: tuple[Term, ...] | None = None
    claim: Reference | None = None
    available: bool = False
    deleting: bool = False
    handle: Handle | None = None
    zones: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Claim(NamedTuple):
    """A PersistentVolumeClaim. `bound` once whoever binds is done; `selected` is the node its volume is made for;
    `owner` the uid of what made it. `size` is None when none is asked for."""

    namespace: str
    name: str
    uid: str = ""
    size: int | None = None
    storage_class: str = ""
    modes: tuple[str, ...] = ()
    mode: str = "Filesystem"
    attributes_class: str = ""
    selector: LabelSelector | None = None
    volume: str = ""
    bound: bool = False
    selected: str = ""
    lost: bool = False
    deleting: bool = False
    owner: str = ""

    @property
    def key(self) -> ClaimKey:
        return self.namespace, self.name

    @property
    def reference(self) -> Reference:
        return Reference(self.namespace, self.name, self.uid)


class Class(NamedTuple):
    """A StorageClass. `waits` for the first pod that uses a claim; `topologies`: volumes are made where one holds."""

    name: str
    provisioner: str
    waits: bool
    topologies: tuple[tuple[Requirement, ...], ...] = ()


class Capacity(NamedTuple):
    """A CSIStorageCapacity: the largest volume of a class, in bytes, that can be made where `topology` holds. None: no
    volume, nowhere."""

    storage_class: str
    largest: int | None
    topology: tuple[Requirement, ...] | None


class Attachment(NamedTuple):
    """A VolumeAttachment."""

    node: str
    driver: str
    volume: str


def volume(obj: Obj) -> Volume:
    spec = obj.get("spec") or {}
    csi, claim, labels = spec.get("csi"), spec.get("claimRef"), labels_of(obj)
    required = (spec.get("nodeAffinity") or {}).get("required")
    return Volume(
        name_of(obj), quantity.nano((spec.get("capacity") or {}).get("storage") or "0"), _class(obj),
        frozenset(spec.get("accessModes") or ()), spec.get("volumeMode") or "Filesystem",
        spec.get("volumeAttributesClassName") or "", tuple(sorted(labels.items())),
        None if required is None else tuple(_nameless(terms_of(required))),
        Reference(claim.get("namespace", ""), claim.get("name", ""), claim.get("uid", "")) if claim else None,
        (obj.get("status") or {}).get("phase") == "Available", is_deleting(obj),
        Handle(csi["driver"], csi["volumeHandle"]) if csi else None, tuple(_zones(labels)),
    )  # fmt: skip


def claim(obj: Obj) -> Claim:
    spec = obj.get("spec") or {}
    size = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    selector, notes = spec.get("selector"), annotations_of(obj)
    owner = ownership.controller_of(obj)
    return Claim(
        namespace_of(obj), name_of(obj), uid_of(obj), None if size is None else quantity.nano(size), _class(obj),
        tuple(spec.get("accessModes") or ()), spec.get("volumeMode") or "Filesystem",
        spec.get("volumeAttributesClassName") or "", None if selector is None else selectors.from_json(selector),
        spec.get("volumeName") or "", bool(spec.get("volumeName")) and BIND_COMPLETED in notes,
        notes.get(SELECTED_NODE, ""), (obj.get("status") or {}).get("phase") == "Lost", is_deleting(obj),
        owner["uid"] if owner is not None else "",
    )  # fmt: skip


def storage_class(obj: Obj) -> Class:
    topologies = (tuple(Requirement(each["key"], "In", tuple(each.get("values") or ()))
                        for each in term.get("matchLabelExpressions") or ())
                  for term in obj.get("allowedTopologies") or ())  # fmt: skip
    return Class(name_of(obj), obj.get("provisioner") or "", obj.get("volumeBindingMode") == "WaitForFirstConsumer",
                 tuple(topologies))  # fmt: skip


def limits(csinode: Obj) -> dict[str, int]:
    """Of a CSINode: how many volumes of a driver the node takes, for drivers that say so."""
    found = {each["name"]: (each.get("allocatable") or {}).get("count")
             for each in (csinode.get("spec") or {}).get("drivers") or ()}  # fmt: skip
    return {driver: count for driver, count in found.items() if count is not None}


def tells_capacity(csidriver: Obj) -> bool:
    return bool((csidriver.get("spec") or {}).get("storageCapacity"))


def capacity(obj: Obj) -> Capacity:
    largest, topology = obj.get("maximumVolumeSize") or obj.get("capacity"), obj.get("nodeTopology")
    equals = ((topology or {}).get("matchLabels") or {}).items()
    return Capacity(
        obj.get("storageClassName") or "", None if largest is None else quantity.value(largest),
        None if topology is None else (*(Requirement(key, "In", (value,)) for key, value in sorted(equals)),
                                       *requirements(topology.get("matchExpressions"))),
    )  # fmt: skip


def attachment(obj: Obj) -> Attachment:
    spec = obj.get("spec") or {}
    name = (spec.get("source") or {}).get("persistentVolumeName") or ""
    return Attachment(spec.get("nodeName") or "", spec.get("attacher") or "", name)


def _class(obj: Obj) -> str:
    notes = annotations_of(obj)
    return notes[BETA_CLASS] if BETA_CLASS in notes else (obj.get("spec") or {}).get("storageClassName") or ""


def _nameless(terms: Iterable[Term]) -> Iterable[Term]:
    """A volume's affinity is about labels: to it every node has the empty name."""
    for term in terms:
        if all((each.operator == "In") == ("" in each.values) for each in term.fields):
            yield term._replace(fields=()) if term.expressions or not term.fields else _EVERYWHERE


def _zones(labels: Mapping[str, Any]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """A label that cannot be read does not count."""
    for key in TOPOLOGY:
        if key in labels:
            zones = tuple(sorted({each.strip() for each in labels[key].split(_BETWEEN_ZONES)}))
            if "" not in zones:
                yield key, zones
