"""The kinds of the group apps: what keeps pods running."""

from __future__ import annotations

from services.objects.kinds import fields, preparation
from services.objects.kinds.core import SCALE, status
from services.objects.kinds.defaults.workloads import default_deployment, default_replicaset
from services.objects.kinds.kind import Kind
from services.objects.printing.generic import NAME_AND_AGE

REPLICASET = Kind(
    group="apps", version="v1", kind="ReplicaSet", plural="replicasets", singular="replicaset", short_names=("rs",),
    categories=("all",), namespaced=True, definition="io.k8s.api.apps.v1.ReplicaSet", printer=NAME_AND_AGE,
    subresources=(status("ReplicaSet", "apps"), SCALE), has_generation=True,
    fields={"status.replicas": fields.number("status.replicas")},
    default=default_replicaset, prepare=preparation.prepare_replicas,
)  # fmt: skip

DEPLOYMENT = Kind(
    group="apps", version="v1", kind="Deployment", plural="deployments", singular="deployment",
    short_names=("deploy",), categories=("all",), namespaced=True, definition="io.k8s.api.apps.v1.Deployment",
    printer=NAME_AND_AGE, subresources=(status("Deployment", "apps"), SCALE), has_generation=True,
    default=default_deployment, prepare=preparation.prepare_deployment,
)  # fmt: skip

CONTROLLERREVISION = Kind(
    group="apps", version="v1", kind="ControllerRevision", plural="controllerrevisions",
    singular="controllerrevision", namespaced=True, definition="io.k8s.api.apps.v1.ControllerRevision",
    printer=NAME_AND_AGE,
)  # fmt: skip
