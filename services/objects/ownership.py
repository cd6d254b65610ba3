"""metadata.ownerReferences: who an object belongs to, and whose pods are whose."""

from __future__ import annotations

from typing import Any, Protocol

from services.objects.meta import Obj

OwnerReference = dict[str, Any]


class Named(Protocol):
    """What an owner's kind must tell; `services.objects.kinds.kind.Kind` does."""

    @property
    def api_version(self) -> str: ...

    @property
    def kind(self) -> str: ...


def owners_of(obj: Obj) -> list[OwnerReference]:
    return obj["metadata"].get("ownerReferences") or []


def controller_of(obj: Obj) -> OwnerReference | None:
    """The one reference with `controller: true`."""
    return next((owner for owner in owners_of(obj) if owner.get("controller")), None)


def is_controlled_by(obj: Obj, owner: Obj) -> bool:
    reference = controller_of(obj)
    return reference is not None and reference.get("uid") == owner["metadata"].get("uid")


def owner_reference(owner: Obj, kind: Named, *, controller: bool = True, block: bool = True) -> OwnerReference:
    """`block`: a foreground deletion of the owner waits for this object."""
    metadata = owner["metadata"]
    reference: OwnerReference = {
        "apiVersion": kind.api_version, "kind": kind.kind, "name": metadata["name"], "uid": metadata["uid"]
    }  # fmt: skip
    if controller:
        reference["controller"] = True
    if block:
        reference["blockOwnerDeletion"] = True
    return reference


def with_owner(obj: Obj, reference: OwnerReference) -> list[OwnerReference]:
    """The references of `obj` once `reference` is among them: a new list, one entry per uid."""
    others = [owner for owner in owners_of(obj) if owner.get("uid") != reference["uid"]]
    return [*others, reference]


def without_owner(obj: Obj, uid: str) -> list[OwnerReference]:
    return [owner for owner in owners_of(obj) if owner.get("uid") != uid]
