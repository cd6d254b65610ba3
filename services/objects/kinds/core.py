"""The kinds of the core group: what runs, where, and what it is given."""

from __future__ import annotations

from services.objects.kinds import fields, preparation
from services.objects.kinds.defaults.cluster import default_namespace, default_node, default_secret
from services.objects.kinds.defaults.pod import default_pod
from services.objects.kinds.defaults.services import default_endpoints, default_service
from services.objects.kinds.defaults.workloads import default_replication_controller
from services.objects.kinds.kind import Kind, Subresource
from services.objects.printing.generic import NAME_AND_AGE

_STATUS_VERBS = ("get", "patch", "update")


def status(kind: str, group: str = "", version: str = "v1") -> Subresource:
    return Subresource("status", _STATUS_VERBS, kind, group, version)


SCALE = Subresource("scale", _STATUS_VERBS, "Scale", "autoscaling", "v1")

NAMESPACE = Kind(
    group="", version="v1", kind="Namespace", plural="namespaces", singular="namespace", short_names=("ns",),
    namespaced=False, definition="io.k8s.api.core.v1.Namespace", printer=NAME_AND_AGE,
    verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
    subresources=(status("Namespace"), Subresource("finalize", ("update",), "Namespace")),
    fields=fields.texts("status.phase"),
    default=default_namespace, prepare=preparation.prepare_namespace,
)  # fmt: skip

NODE = Kind(
    group="", version="v1", kind="Node", plural="nodes", singular="node", short_names=("no",),
    namespaced=False, definition="io.k8s.api.core.v1.Node", printer=NAME_AND_AGE,
    subresources=(status("Node"),),
    fields={"spec.unschedulable": fields.boolean("spec.unschedulable")},
    default=default_node,
)  # fmt: skip

POD = Kind(
    group="", version="v1", kind="Pod", plural="pods", singular="pod", short_names=("po",), categories=("all",),
    namespaced=True, definition="io.k8s.api.core.v1.Pod", printer=NAME_AND_AGE,
    subresources=(
        status("Pod"),
        Subresource("log", ("get",), "Pod"),
        Subresource("exec", ("create", "get"), "PodExecOptions"),
        Subresource("attach", ("create", "get"), "PodAttachOptions"),
        Subresource("portforward", ("create", "get"), "PodPortForwardOptions"),
        Subresource("binding", ("create",), "Binding"),
        Subresource("eviction", ("create",), "Eviction", "policy", "v1"),
    ),
    has_generation=True, graceful=True,
    fields={
        **fields.texts("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
                       "status.phase", "status.podIP", "status.nominatedNodeName"),
        "spec.hostNetwork": fields.boolean("spec.hostNetwork"),
    },
    default=default_pod, prepare=preparation.prepare_pod,
)  # fmt: skip

BINDING = Kind(
    group="", version="v1", kind="Binding", plural="bindings", singular="binding",
    namespaced=True, definition="io.k8s.api.core.v1.Binding", printer=NAME_AND_AGE,
    verbs=("create",), stored=False,
)  # fmt: skip

CONFIGMAP = Kind(
    group="", version="v1", kind="ConfigMap", plural="configmaps", singular="configmap", short_names=("cm",),
    namespaced=True, definition="io.k8s.api.core.v1.ConfigMap", printer=NAME_AND_AGE,
)  # fmt: skip

SECRET = Kind(
    group="", version="v1", kind="Secret", plural="secrets", singular="secret",
    namespaced=True, definition="io.k8s.api.core.v1.Secret", printer=NAME_AND_AGE,
    fields=fields.texts("type"),
    default=default_secret,
)  # fmt: skip

SERVICEACCOUNT = Kind(
    group="", version="v1", kind="ServiceAccount", plural="serviceaccounts", singular="serviceaccount",
    short_names=("sa",), namespaced=True, definition="io.k8s.api.core.v1.ServiceAccount", printer=NAME_AND_AGE,
    subresources=(Subresource("token", ("create",), "TokenRequest", "authentication.k8s.io", "v1"),),
)  # fmt: skip

SERVICE = Kind(
    group="", version="v1", kind="Service", plural="services", singular="service", short_names=("svc",),
    categories=("all",), namespaced=True, definition="io.k8s.api.core.v1.Service", printer=NAME_AND_AGE,
    subresources=(status("Service"),), create_on_update=True,
    fields=fields.texts("spec.clusterIP", "spec.type"),
    default=default_service, prepare=preparation.prepare_service,
)  # fmt: skip

ENDPOINTS = Kind(
    group="", version="v1", kind="Endpoints", plural="endpoints", singular="endpoints", short_names=("ep",),
    namespaced=True, definition="io.k8s.api.core.v1.Endpoints", printer=NAME_AND_AGE, create_on_update=True,
    default=default_endpoints,
)  # fmt: skip

REPLICATIONCONTROLLER = Kind(
    group="", version="v1", kind="ReplicationController", plural="replicationcontrollers",
    singular="replicationcontroller", short_names=("rc",), categories=("all",), namespaced=True,
    definition="io.k8s.api.core.v1.ReplicationController", printer=NAME_AND_AGE,
    subresources=(status("ReplicationController"), SCALE), has_generation=True,
    fields={"status.replicas": fields.number("status.replicas")},
    default=default_replication_controller, prepare=preparation.prepare_replicas,
)  # fmt: skip
