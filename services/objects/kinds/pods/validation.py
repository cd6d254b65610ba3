"""The rules of pods and of pod templates. What may change of a pod is in `update`, `resize` and `ephemeral`."""

from __future__ import annotations

from collections.abc import Mapping

from services.objects import names
from services.objects.kinds.pods.annotations import validate_annotations_match, validate_pod_annotations
from services.objects.kinds.pods.containers.containers import (
    validate_containers,
    validate_ephemeral_containers,
    validate_images,
    validate_init_containers,
)
from services.objects.kinds.pods.containers.ports import validate_host_network
from services.objects.kinds.pods.containers.resources import validate_overhead, validate_pod_resources
from services.objects.kinds.pods.containers.security import validate_host_namespaces, validate_pod_security
from services.objects.kinds.pods.containers.windows import validate_host_processes, validate_os
from services.objects.kinds.pods.network import validate_dns, validate_host_aliases, validate_hostnames
from services.objects.kinds.pods.scheduling.affinity import validate_affinity
from services.objects.kinds.pods.scheduling.gates import (
    validate_readiness_gates,
    validate_resource_claims,
    validate_scheduling_gates,
)
from services.objects.kinds.pods.scheduling.spread import validate_spread
from services.objects.kinds.pods.scheduling.tolerations import validate_tolerations
from services.objects.kinds.pods.surroundings import Surroundings
from services.objects.kinds.pods.volumes.volumes import validate_volumes
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    between,
    forbidden,
    invalid,
    one_of,
    required,
)
from services.objects.kinds.validation.labels import validate_labels
from services.objects.kinds.validation.meta import validate_annotations, validate_meta
from services.objects.meta import Obj

_RESTART_POLICIES = ("Always", "OnFailure", "Never")
_DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_PREEMPTION_POLICIES = ("PreemptLowerPriority", "Never")
_SUBDOMAIN_FIELDS = ("serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName")


def validate_pod(pod: Obj) -> Causes:
    """Of pods as they are made and as they become."""
    causes: Causes = []
    validate_meta(causes, pod, names.is_dns1123_subdomain)
    metadata, spec = pod.get("metadata") or {}, pod.get("spec") or {}
    if metadata.get("annotations"):
        validate_pod_annotations(causes, "metadata.annotations", metadata["annotations"], spec)
    validate_pod_spec(causes, "spec", spec, metadata.get("name") or "", is_pod=True)
    if not spec.get("serviceAccountName"):
        _validate_no_tokens(causes, spec)
    validate_images(causes, "spec.containers", spec.get("containers") or ())
    validate_images(causes, "spec.initContainers", spec.get("initContainers") or ())
    return causes


def validate_pod_create(pod: Obj) -> Causes:
    """What holds when a pod is made, and need not later."""
    causes: Causes = []
    spec, metadata = pod.get("spec") or {}, pod.get("metadata") or {}
    if spec.get("ephemeralContainers"):
        causes.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
    if spec.get("nodeName") and spec.get("schedulingGates"):
        causes.append(forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared"))
    if metadata.get("annotations"):
        validate_annotations_match(causes, "spec", metadata["annotations"], spec)
    return causes


def validate_template(causes: Causes, path: str, template: Obj) -> None:
    """A PodTemplateSpec at `path`."""
    metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
    validate_labels(causes, f"{path}.labels", metadata.get("labels") or {})
    annotations = metadata.get("annotations")
    if annotations:
        validate_annotations(causes, f"{path}.annotations", annotations)
        validate_pod_annotations(causes, f"{path}.annotations", annotations, spec)
    validate_pod_spec(causes, f"{path}.spec", spec)
    if annotations:
        validate_annotations_match(causes, f"{path}.spec", annotations, spec)
    if spec.get("ephemeralContainers"):
        causes.append(forbidden(f"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template"))


def validate_pod_spec(causes: Causes, path: str, spec: Obj, pod_name: str = "", *, is_pod: bool = False) -> None:
    """`pod_name` and `is_pod` are for pods themselves, which must be more definite than templates."""
    if spec.get("terminationGracePeriodSeconds") is None:
        causes.append(required(f"{path}.terminationGracePeriodSeconds"))
    volumes: Mapping[str, Obj] = {}
    if "volumes" in spec:
        volumes = validate_volumes(causes, f"{path}.volumes", spec["volumes"], pod_name, is_pod=is_pod)
    claims: set[str] = set()
    if "resourceClaims" in spec:
        claims = validate_resource_claims(causes, f"{path}.resourceClaims", spec["resourceClaims"])
    pod = Surroundings(volumes, claims, spec.get("terminationGracePeriodSeconds"), spec.get("restartPolicy") or "",
                       spec.get("hostUsers") is not False, (spec.get("os") or {}).get("name") or "")  # fmt: skip
    _validate_all_containers(causes, path, spec, pod)
    if "resources" in spec:
        validate_pod_resources(causes, f"{path}.resources", spec)
    if spec.get("hostNetwork"):
        validate_host_network(causes, path, spec, is_pod=is_pod)
    if spec.get("restartPolicy") not in _RESTART_POLICIES:
        one_of(causes, f"{path}.restartPolicy", spec.get("restartPolicy"), _RESTART_POLICIES)
    if spec.get("dnsPolicy") not in _DNS_POLICIES:
        one_of(causes, f"{path}.dnsPolicy", spec.get("dnsPolicy"), _DNS_POLICIES)
    if "nodeSelector" in spec:
        validate_labels(causes, f"{path}.nodeSelector", spec["nodeSelector"])
    if spec.get("securityContext"):
        validate_pod_security(causes, f"{path}.securityContext", spec["securityContext"], spec)
    validate_host_namespaces(causes, path, spec)
    validate_host_processes(causes, path, spec)
    if "dnsConfig" in spec or spec.get("dnsPolicy") == "None":
        validate_dns(causes, path, spec)
    _validate_scheduling(causes, path, spec)
    _validate_rest(causes, path, spec)


def _validate_all_containers(causes: Causes, path: str, spec: Obj, pod: Surroundings) -> None:
    taken = validate_containers(causes, f"{path}.containers", spec.get("containers") or (), pod)
    if "initContainers" in spec:
        taken = validate_init_containers(causes, f"{path}.initContainers", spec["initContainers"], taken, pod)
    if "ephemeralContainers" in spec:
        validate_ephemeral_containers(causes, f"{path}.ephemeralContainers", spec["ephemeralContainers"], taken, pod)


def _validate_no_tokens(causes: Causes, spec: Obj) -> None:
    for index, volume in enumerate(spec.get("volumes") or ()):
        for place, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
            if "serviceAccountToken" in source:
                causes.append(forbidden(f"spec.volumes[{index}].projected.sources[{place}].serviceAccountToken",
                                        "must not be specified when serviceAccountName is not set"))


def _validate_scheduling(causes: Causes, path: str, spec: Obj) -> None:
    if "affinity" in spec:
        validate_affinity(causes, f"{path}.affinity", spec["affinity"])
    if "readinessGates" in spec:
        validate_readiness_gates(causes, f"{path}.readinessGates", spec["readinessGates"])
    if "schedulingGates" in spec:
        validate_scheduling_gates(causes, f"{path}.schedulingGates", spec["schedulingGates"])
    if "topologySpreadConstraints" in spec:
        validate_spread(causes, f"{path}.topologySpreadConstraints", spec["topologySpreadConstraints"])
    if "tolerations" in spec:
        validate_tolerations(causes, f"{path}.tolerations", spec["tolerations"])
    policy = spec.get("preemptionPolicy")
    if policy is not None and policy not in _PREEMPTION_POLICIES:
        one_of(causes, f"{path}.preemptionPolicy", policy, _PREEMPTION_POLICIES)


def _validate_rest(causes: Causes, path: str, spec: Obj) -> None:
    for name in _SUBDOMAIN_FIELDS:
        value = spec.get(name)
        if value and (errors := names.is_dns1123_subdomain(value)):
            add_invalid(causes, f"{path}.{name}", value, errors)
    validate_hostnames(causes, path, spec)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline < 2**31:
        causes.append(invalid(f"{path}.activeDeadlineSeconds", deadline, between(1, 2**31 - 1)))
    if "hostAliases" in spec:
        validate_host_aliases(causes, f"{path}.hostAliases", spec["hostAliases"])
    if "overhead" in spec:
        validate_overhead(causes, f"{path}.overhead", spec["overhead"])
    if "os" in spec:
        validate_os(causes, path, spec)
