"""Every namespace has the ConfigMap `kube-root-ca.crt`: with it pods recognise the apiserver. Changes are undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.controller_manager.plans import NOTHING, Create, Plan, Update
from services.objects.kinds import CONFIGMAP
from services.objects.meta import Obj, is_deleting, name_of

NAME = "kube-root-ca.crt"
_DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)


@dataclass(frozen=True, slots=True)
class Observed:
    """`certificates` are the authorities to publish, in PEM."""

    namespace: Obj
    configmap: Obj | None
    certificates: str


def decide(observed: Observed, now: datetime) -> Plan:
    current, data = observed.configmap, {"ca.crt": observed.certificates}
    if is_deleting(observed.namespace):
        return NOTHING
    if current is None:
        metadata = {"name": NAME, "namespace": name_of(observed.namespace),
                    "annotations": {"kubernetes.io/description": _DESCRIPTION}}  # fmt: skip
        return Plan([Create(CONFIGMAP, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})])
    if current.get("data") == data or is_deleting(current):
        return NOTHING
    return Plan([Update(CONFIGMAP, {**current, "data": data})])
