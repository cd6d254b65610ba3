"""The kinds of the group apps: what keeps pods running."""

from __future__ import annotations

from services.objects.kinds import fields, preparation
from services.objects.kinds.core import SCALE, status
from services.objects.kinds.defaults.workloads import default_deployment, default_replicaset
from services.objects.kinds.kind import Kind
from services.objects.kinds.pending import template_warnings
from services.objects.kinds.validation import workloads
from services.objects.printing import apps as columns

REPLICASET = Kind(
    group="apps", version="v1", kind="ReplicaSet", plural="replicasets", singular="replicaset", short_names=("rs",),
    categories=("all",), namespaced=True, definition="io.k8s.api.apps.v1.ReplicaSet", printer=columns.REPLICASET,
    subresources=(status("ReplicaSet", "apps"), SCALE), has_generation=True,
    fields={"status.replicas": fields.number("status.replicas")},
    default=default_replicaset, prepare=preparation.prepare_replicas,
    validate=workloads.validate_replicaset, validate_update=workloads.validate_selected_update,
    validate_status=workloads.validate_replicas_status,
    warnings=template_warnings,
)  # fmt: skip

DEPLOYMENT = Kind(
    group="apps", version="v1", kind="Deployment", plural="deployments", singular="deployment",
    short_names=("deploy",), categories=("all",), namespaced=True, definition="io.k8s.api.apps.v1.Deployment",
    printer=columns.DEPLOYMENT, subresources=(status("Deployment", "apps"), SCALE), has_generation=True,
    default=default_deployment, prepare=preparation.prepare_deployment,
    validate=workloads.validate_deployment, validate_update=workloads.validate_selected_update,
    validate_status=workloads.validate_replicas_status,
    warnings=template_warnings,
)  # fmt: skip

CONTROLLERREVISION = Kind(
    group="apps", version="v1", kind="ControllerRevision", plural="controllerrevisions",
    singular="controllerrevision", namespaced=True, definition="io.k8s.api.apps.v1.ControllerRevision",
    printer=columns.CONTROLLERREVISION,
    validate=workloads.validate_controller_revision,
    validate_update=workloads.validate_controller_revision_update,
)  # fmt: skip
