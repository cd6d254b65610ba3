"""The kinds of the core group: what runs, where, and what it is given."""

from __future__ import annotations

from services.objects.kinds import fields, preparation
from services.objects.kinds.defaults.cluster import default_namespace, default_node, default_secret
from services.objects.kinds.defaults.pod import default_pod
from services.objects.kinds.defaults.services import default_endpoints, default_service
from services.objects.kinds.defaults.workloads import default_replication_controller
from services.objects.kinds.kind import Kind, Subresource
from services.objects.kinds.pending import pod_warnings, template_warnings
from services.objects.kinds.validation import cluster, config, endpoints, pod, pod_update, services, workloads
from services.objects.kinds.validation.meta import validate_update
from services.objects.printing import core as columns
from services.objects.printing import services as service_columns
from services.objects.printing.apps import REPLICATIONCONTROLLER as RC_PRINTER
from services.objects.printing.generic import NAME_AND_AGE
from services.objects.printing.pods import POD as POD_PRINTER

_STATUS_VERBS = ("get", "patch", "update")


def status(kind: str, group: str = "", version: str = "v1") -> Subresource:
    return Subresource("status", _STATUS_VERBS, kind, group, version, f"io.k8s.api.{group or 'core'}.{version}.{kind}")


SCALE = Subresource("scale", _STATUS_VERBS, "Scale", "autoscaling", "v1", "io.k8s.api.autoscaling.v1.Scale")
_NAMESPACE = "io.k8s.api.core.v1.Namespace"
_BINDING = "io.k8s.api.core.v1.Binding"
_EVICTION = "io.k8s.api.policy.v1.Eviction"
_TOKEN = "io.k8s.api.authentication.v1.TokenRequest"

NAMESPACE = Kind(
    group="", version="v1", kind="Namespace", plural="namespaces", singular="namespace", short_names=("ns",),
    namespaced=False, definition="io.k8s.api.core.v1.Namespace", printer=columns.NAMESPACE,
    verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
    subresources=(status("Namespace"), Subresource("finalize", ("update",), "Namespace", definition=_NAMESPACE)),
    fields=fields.texts("status.phase"),
    default=default_namespace, prepare=preparation.prepare_namespace,
    validate=cluster.validate_namespace, validate_update=validate_update,
    validate_status=cluster.validate_namespace_status,
)  # fmt: skip

NODE = Kind(
    group="", version="v1", kind="Node", plural="nodes", singular="node", short_names=("no",),
    namespaced=False, definition="io.k8s.api.core.v1.Node", printer=columns.NODE,
    subresources=(status("Node"),),
    fields={"spec.unschedulable": fields.boolean("spec.unschedulable")},
    default=default_node,
    validate=cluster.validate_node, validate_update=cluster.validate_node_update,
    validate_status=cluster.validate_node_status,
)  # fmt: skip

POD = Kind(
    group="", version="v1", kind="Pod", plural="pods", singular="pod", short_names=("po",), categories=("all",),
    namespaced=True, definition="io.k8s.api.core.v1.Pod", printer=POD_PRINTER,
    subresources=(
        status("Pod"),
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
    default=default_pod, prepare=preparation.prepare_pod,
    validate=pod.validate_pod, validate_update=pod_update.validate_pod_update,
    validate_status=pod_update.validate_pod_status,
    warnings=pod_warnings,
)  # fmt: skip

BINDING = Kind(
    group="", version="v1", kind="Binding", plural="bindings", singular="binding",
    namespaced=True, definition="io.k8s.api.core.v1.Binding", printer=NAME_AND_AGE,
    verbs=("create",), stored=False,
    validate=cluster.validate_binding,
)  # fmt: skip

CONFIGMAP = Kind(
    group="", version="v1", kind="ConfigMap", plural="configmaps", singular="configmap", short_names=("cm",),
    namespaced=True, definition="io.k8s.api.core.v1.ConfigMap", printer=columns.CONFIGMAP,
    validate=config.validate_configmap, validate_update=config.validate_configmap_update,
)  # fmt: skip

SECRET = Kind(
    group="", version="v1", kind="Secret", plural="secrets", singular="secret",
    namespaced=True, definition="io.k8s.api.core.v1.Secret", printer=columns.SECRET,
    fields=fields.texts("type"),
    default=default_secret,
    validate=config.validate_secret, validate_update=config.validate_secret_update,
)  # fmt: skip

SERVICEACCOUNT = Kind(
    group="", version="v1", kind="ServiceAccount", plural="serviceaccounts", singular="serviceaccount",
    short_names=("sa",), namespaced=True, definition="io.k8s.api.core.v1.ServiceAccount",
    printer=columns.SERVICEACCOUNT,
    subresources=(Subresource("token", ("create",), "TokenRequest", "authentication.k8s.io", "v1", _TOKEN),),
    validate=config.validate_serviceaccount, validate_update=validate_update,
)  # fmt: skip

SERVICE = Kind(
    group="", version="v1", kind="Service", plural="services", singular="service", short_names=("svc",),
    categories=("all",), namespaced=True, definition="io.k8s.api.core.v1.Service", printer=service_columns.SERVICE,
    subresources=(status("Service"),), create_on_update=True,
    fields=fields.texts("spec.clusterIP", "spec.type"),
    default=default_service, prepare=preparation.prepare_service,
    validate=services.validate_service, validate_update=services.validate_service_update,
    validate_status=services.validate_service_status,
)  # fmt: skip

ENDPOINTS = Kind(
    group="", version="v1", kind="Endpoints", plural="endpoints", singular="endpoints", short_names=("ep",),
    namespaced=True, definition="io.k8s.api.core.v1.Endpoints", printer=service_columns.ENDPOINTS,
    create_on_update=True, default=default_endpoints,
    validate=endpoints.validate_endpoints, validate_update=validate_update,
)  # fmt: skip

REPLICATIONCONTROLLER = Kind(
    group="", version="v1", kind="ReplicationController", plural="replicationcontrollers",
    singular="replicationcontroller", short_names=("rc",), categories=("all",), namespaced=True,
    definition="io.k8s.api.core.v1.ReplicationController", printer=RC_PRINTER,
    subresources=(status("ReplicationController"), SCALE), has_generation=True,
    fields={"status.replicas": fields.number("status.replicas")},
    default=default_replication_controller, prepare=preparation.prepare_replicas,
    validate=workloads.validate_replication_controller, validate_update=validate_update,
    validate_status=workloads.validate_replicas_status,
    warnings=template_warnings,
)  # fmt: skip
