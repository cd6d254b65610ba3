"""The rules of pods and of pod templates. What may change of a pod is in `pod_update`."""

from __future__ import annotations

from services.objects import names
from services.objects.kinds.pods.containers.containers import (
    validate_containers,
    validate_host_network,
    validate_init_containers,
)
from services.objects.kinds.pods.containers.resources import validate_resources
from services.objects.kinds.pods.containers.security import validate_host_namespaces, validate_pod_security
from services.objects.kinds.pods.scheduling.scheduling import validate_affinity, validate_spread, validate_tolerations
from services.objects.kinds.pods.volumes.volumes import validate_volumes
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    between,
    duplicate,
    forbidden,
    invalid,
    one_of,
    required,
    unsupported,
)
from services.objects.kinds.validation.labels import qualified_name_errors, validate_labels
from services.objects.kinds.validation.meta import validate_annotations, validate_meta
from services.objects.meta import Obj

_RESTART_POLICIES = ("Always", "OnFailure", "Never")
_DNS_POLICIES = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
_PREEMPTION_POLICIES = ("Never", "PreemptLowerPriority")
_LABEL_FIELDS = ("hostname", "subdomain")
_SUBDOMAIN_FIELDS = ("serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName")
_NAMESERVERS, _SEARCH_PATHS, _SEARCH_SIZE = 3, 32, 2048


def validate_pod(pod: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, pod, names.is_dns1123_subdomain)
    validate_pod_spec(causes, "spec", pod.get("spec") or {})
    return causes


def validate_template(causes: Causes, path: str, template: Obj) -> None:
    metadata = template.get("metadata") or {}
    validate_labels(causes, f"{path}.metadata.labels", metadata.get("labels") or {})
    validate_annotations(causes, f"{path}.metadata.annotations", metadata.get("annotations") or {})
    spec = template.get("spec") or {}
    validate_pod_spec(causes, f"{path}.spec", spec)
    if spec.get("ephemeralContainers"):
        causes.append(forbidden(f"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template"))


def validate_pod_spec(causes: Causes, path: str, spec: Obj) -> None:
    volumes = validate_volumes(causes, f"{path}.volumes", spec.get("volumes") or ())
    grace_period = spec.get("terminationGracePeriodSeconds")
    taken = validate_containers(causes, f"{path}.containers", spec.get("containers") or (), volumes, grace_period)
    if "initContainers" in spec:
        validate_init_containers(causes, f"{path}.initContainers", spec["initContainers"], volumes, taken, grace_period)
    if spec.get("resources"):
        validate_resources(causes, f"{path}.resources", spec["resources"], of_pod=True)
    if spec.get("hostNetwork"):
        validate_host_network(causes, path, spec)
    one_of(causes, f"{path}.restartPolicy", spec.get("restartPolicy"), _RESTART_POLICIES)
    one_of(causes, f"{path}.dnsPolicy", spec.get("dnsPolicy"), _DNS_POLICIES)
    if "nodeSelector" in spec:
        validate_labels(causes, f"{path}.nodeSelector", spec["nodeSelector"])
    if spec.get("securityContext"):
        validate_pod_security(causes, f"{path}.securityContext", spec["securityContext"])
    validate_host_namespaces(causes, path, spec)
    for index, reference in enumerate(spec.get("imagePullSecrets") or ()):
        if not reference.get("name"):
            causes.append(required(f"{path}.imagePullSecrets[{index}].name"))
    if "affinity" in spec:
        validate_affinity(causes, f"{path}.affinity", spec["affinity"])
    _validate_dns(causes, path, spec)
    _validate_gates(causes, path, spec)
    if "topologySpreadConstraints" in spec:
        validate_spread(causes, f"{path}.topologySpreadConstraints", spec["topologySpreadConstraints"])
    _validate_names(causes, path, spec)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline < 2**31:
        causes.append(invalid(f"{path}.activeDeadlineSeconds", deadline, between(1, 2**31 - 1)))
    if "tolerations" in spec:
        validate_tolerations(causes, f"{path}.tolerations", spec["tolerations"])
    if "hostAliases" in spec:
        _validate_host_aliases(causes, f"{path}.hostAliases", spec)
    policy = spec.get("preemptionPolicy")
    if policy is not None and policy not in _PREEMPTION_POLICIES:
        causes.append(unsupported(f"{path}.preemptionPolicy", policy, _PREEMPTION_POLICIES))


def _validate_names(causes: Causes, path: str, spec: Obj) -> None:
    for name in _SUBDOMAIN_FIELDS:
        value = spec.get(name)
        if value and (errors := names.is_dns1123_subdomain(value)):
            add_invalid(causes, f"{path}.{name}", value, errors)
    for name in _LABEL_FIELDS:
        value = spec.get(name)
        if value and (errors := names.is_dns1123_label(value)):
            add_invalid(causes, f"{path}.{name}", value, errors)


def _validate_dns(causes: Causes, path: str, spec: Obj) -> None:
    config = spec.get("dnsConfig")
    path = f"{path}.dnsConfig"
    if config is None:
        if spec.get("dnsPolicy") == "None":
            causes.append(required(path, "must provide `dnsConfig` when `dnsPolicy` is None"))
        return
    servers, searches = config.get("nameservers") or (), config.get("searches") or ()
    if spec.get("dnsPolicy") == "None" and not servers:
        causes.append(required(f"{path}.nameservers",
                               "must provide at least one DNS nameserver when `dnsPolicy` is None"))  # fmt: skip
    if len(servers) > _NAMESERVERS:
        causes.append(invalid(f"{path}.nameservers", list(servers), f"must not have more than {_NAMESERVERS} "
                                                                    "nameservers"))  # fmt: skip
    for index, server in enumerate(servers):
        add_invalid(causes, f"{path}.nameservers[{index}]", server, names.is_ip(server))
    if len(searches) > _SEARCH_PATHS:
        causes.append(invalid(f"{path}.searches", list(searches), f"must not have more than {_SEARCH_PATHS} search "
                                                                  "paths"))  # fmt: skip
    if len(" ".join(searches)) > _SEARCH_SIZE:
        causes.append(invalid(f"{path}.searches", list(searches), f"must not have more than {_SEARCH_SIZE} characters "
                                                                  "(including spaces) in the search list"))
    for index, search in enumerate(searches):
        domain = search.rstrip(".") if search != "." else ""
        if domain and (errors := names.is_dns1123_subdomain(domain.replace("_", "-"))):
            add_invalid(causes, f"{path}.searches[{index}]", search, errors)
    for index, option in enumerate(config.get("options") or ()):
        if not option.get("name"):
            causes.append(required(f"{path}.options[{index}]", "must not be empty"))


def _validate_gates(causes: Causes, path: str, spec: Obj) -> None:
    for index, gate in enumerate(spec.get("readinessGates") or ()):
        condition = gate.get("conditionType") or ""
        add_invalid(causes, f"{path}.readinessGates[{index}].conditionType", condition,
                    qualified_name_errors(condition))  # fmt: skip
    seen: set[str] = set()
    for index, gate in enumerate(spec.get("schedulingGates") or ()):
        name = gate.get("name") or ""
        add_invalid(causes, f"{path}.schedulingGates[{index}]", name, qualified_name_errors(name))
        if name in seen:
            causes.append(duplicate(f"{path}.schedulingGates[{index}]", name))
        seen.add(name)
    if seen and spec.get("nodeName"):
        causes.append(forbidden(f"{path}.nodeName", "cannot be set until all schedulingGates have been cleared"))


def _validate_host_aliases(causes: Causes, path: str, spec: Obj) -> None:
    for index, alias in enumerate(spec["hostAliases"]):
        address = alias.get("ip") or ""
        add_invalid(causes, f"{path}[{index}].ip", address, names.is_ip(address))
        for place, name in enumerate(alias.get("hostnames") or ()):
            add_invalid(causes, f"{path}[{index}].hostnames[{place}]", name, names.is_dns1123_subdomain(name))
