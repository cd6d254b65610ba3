"""Something worth telling a user, as a value."""

from __future__ import annotations

from typing import Literal, NamedTuple

from services.objects.kinds.kind import Kind
from services.objects.meta import Obj, name_of, namespace_of, uid_of

Type = Literal["Normal", "Warning"]


class Reference(NamedTuple):
    """An involvedObject; `field_path` names a part of it, such as spec.containers{main}."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str
    resource_version: str = ""
    field_path: str = ""

    @classmethod
    def to(cls, kind: Kind, obj: Obj, field_path: str = "") -> Reference:
        version = obj["metadata"].get("resourceVersion", "")
        return cls(kind.api_version, kind.kind, namespace_of(obj), name_of(obj), uid_of(obj), version, field_path)

    def involved_object(self) -> Obj:
        """As it stands in an Event; what is not known is left out."""
        fields = {
            "kind": self.kind, "namespace": self.namespace, "name": self.name, "uid": self.uid,
            "apiVersion": self.api_version, "resourceVersion": self.resource_version, "fieldPath": self.field_path,
        }  # fmt: skip
        return {name: value for name, value in fields.items() if value}


class Event(NamedTuple):
    """`component` is who tells, as Kubernetes names it (kubelet, replicaset-controller); `host` the node it does so on,
    for those that are many; `instance` the process, where that is not the same as the host."""

    regarding: Reference
    type: Type
    reason: str
    message: str
    component: str
    host: str = ""
    instance: str = ""
    action: str = ""
