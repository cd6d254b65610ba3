"""Pods: containers that live and die together. What templates share with them is in `kinds/pods`."""

from __future__ import annotations

from services.objects.kinds import fields
from services.objects.kinds.kind import Kind, Subresource
from services.objects.kinds.pods.changes.ephemeral import validate_ephemeral_update, with_ephemeral_containers
from services.objects.kinds.pods.changes.resize import validate_resize, with_resources
from services.objects.kinds.pods.changes.status import validate_pod_status
from services.objects.kinds.pods.changes.update import validate_pod_update
from services.objects.kinds.pods.columns import PRINTER as POD_PRINTER
from services.objects.kinds.pods.defaults import default_pod
from services.objects.kinds.pods.preparation import prepare_pod
from services.objects.kinds.pods.validation import validate_pod, validate_pod_create
from services.objects.kinds.pods.warnings import pod_warnings
from services.objects.kinds.subresources import status_of

_POD = "io.k8s.api.core.v1.Pod"
_BINDING = "io.k8s.api.core.v1.Binding"
_EVICTION = "io.k8s.api.policy.v1.Eviction"
POD = Kind(
    group="", version="v1", kind="Pod", plural="pods", singular="pod", short_names=("po",), categories=("all",),
    namespaced=True, definition="io.k8s.api.core.v1.Pod", printer=POD_PRINTER,
    subresources=(
        status_of("Pod"),
        Subresource("ephemeralcontainers", ("get", "patch", "update"), "Pod", definition=_POD,
                    take=with_ephemeral_containers, validate=validate_ephemeral_update),
        Subresource("resize", ("get", "patch", "update"), "Pod", definition=_POD,
                    take=with_resources, validate=validate_resize),
        Subresource("log", ("get",), "Pod"),
        Subresource("exec", ("create", "get"), "PodExecOptions"),
        Subresource("attach", ("create", "get"), "PodAttachOptions"),
        Subresource("portforward", ("create", "get"), "PodPortForwardOptions"),
        Subresource("binding", ("create",), "Binding", definition=_BINDING),
        Subresource("eviction", ("create",), "Eviction", "policy", "v1", _EVICTION),
    ),
    has_generation=True, graceful=True,
    fields={
        **fields.texts("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
                       "status.phase", "status.podIP", "status.nominatedNodeName"),
        "spec.hostNetwork": fields.boolean("spec.hostNetwork"),
    },
    default=default_pod, prepare=prepare_pod,
    validate=validate_pod, validate_create=validate_pod_create, validate_update=validate_pod_update,
    validate_status=validate_pod_status,
    warnings=pod_warnings,
)  # fmt: skip
