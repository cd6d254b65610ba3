"""What users are warned of when they write a pod or a template: what Kubernetes warns of, and what is still pending."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.objects.kinds.pods.containers.windows import containers_with_paths
from services.objects.kinds.pods.pending import pending
from services.objects.kinds.pods.volumes.claims import claim_warnings
from services.objects.kinds.validation.amounts import nano
from services.objects.meta import Obj

NODE_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}
_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod":
        'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}  # fmt: skip
VOLUMES = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}
_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
_APPARMOR_CONTAINER = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead'
_APPARMOR = 'deprecated since v1.30; use the "appArmorProfile" field instead'
_BYTES = ("memory", "ephemeral-storage")
_COMPARED = 16  # earlier definitions that a port is compared with: nobody reads on after so many
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def pod_warnings(pod: Obj) -> list[str]:
    spec = pod.get("spec") or {}
    return _warnings("", spec, pod.get("metadata") or {}) + pending("spec", spec)


def template_warnings(obj: Obj) -> list[str]:
    """Of kinds that make pods from spec.template."""
    return warnings_of_template("spec.template", (obj.get("spec") or {}).get("template") or {})


def warnings_of_template(path: str, template: Obj) -> list[str]:
    spec = template.get("spec") or {}
    return _warnings(f"{path}.", spec, template.get("metadata") or {}) + pending(f"{path}.spec", spec)


def _warnings(prefix: str, spec: Obj, metadata: Obj) -> list[str]:
    """`prefix` is that of `spec` and `metadata`, with a dot unless it is empty."""
    found: list[str] = []
    path = f"{prefix}spec"
    if "nodeSelector" in spec or "affinity" in spec or "topologySpreadConstraints" in spec:
        _of_places(found, path, spec)
    annotations = metadata.get("annotations")
    if annotations:
        _of_annotations(found, f"{prefix}metadata.annotations", annotations, spec, bool(prefix))
    if "volumes" in spec:
        _of_volumes(found, f"{path}.volumes", spec["volumes"])
    if "hostAliases" in spec:
        _duplicates(found, f"{path}.hostAliases", "ip", (each.get("ip", "") for each in spec["hostAliases"]))
    if "imagePullSecrets" in spec:
        secrets = [each.get("name", "") for each in spec["imagePullSecrets"]]
        _duplicates(found, f"{path}.imagePullSecrets", "name", secrets)
        found += [f'{path}.imagePullSecrets[{index}].name: invalid empty name ""'
                  for index, name in enumerate(secrets) if not name]  # fmt: skip
    if "overhead" in spec:
        _fractions(found, f"{path}.overhead", spec["overhead"])
    ports: dict[str, list[tuple[str, Obj]]] = {}
    for container, where in containers_with_paths(spec, path):
        _of_container(found, where, container)
        if "ports" in container:
            _of_ports(found, where, container["ports"], ports)
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        found.append(f"{path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be "
                     "treated as 1")  # fmt: skip
    return found


def _of_places(found: list[str], path: str, spec: Obj) -> None:
    for key in spec.get("nodeSelector") or ():
        if key in NODE_LABELS:
            found.append(f"{path}.nodeSelector[{key}]: {NODE_LABELS[key]}")
    node = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    where = f"{path}.affinity.nodeAffinity"
    for index, term in enumerate((node.get(_REQUIRED) or {}).get("nodeSelectorTerms") or ()):
        _of_node_term(found, f"{where}.{_REQUIRED}.nodeSelectorTerms[{index}]", term)
    for index, preferred in enumerate(node.get(_PREFERRED) or ()):
        _of_node_term(found, f"{where}.{_PREFERRED}[{index}].preference", preferred.get("preference") or {})
    for index, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        where, key = f"{path}.topologySpreadConstraints[{index}]", constraint.get("topologyKey")
        if key in NODE_LABELS:
            found.append(f"{where}.topologyKey: {key} is {NODE_LABELS[key]}")
        if constraint.get("labelSelector") is None:
            found.append(f"{where}.labelSelector: a null labelSelector results in matching no pod")


def _of_node_term(found: list[str], path: str, term: Obj) -> None:
    for index, expression in enumerate(term.get("matchExpressions") or ()):
        key = expression.get("key")
        if key in NODE_LABELS:
            found.append(f"{path}.matchExpressions[{index}].key: {key} is {NODE_LABELS[key]}")


def _of_annotations(found: list[str], path: str, annotations: Obj, spec: Obj, in_template: bool) -> None:
    context = spec.get("securityContext") or {}
    for key, text in _ANNOTATIONS.items():
        if key in annotations:
            found.append(f"{path}[{key}]: {text}")
    if _SECCOMP_POD in annotations and "seccompProfile" not in context:
        found.append(f"{path}[{_SECCOMP_POD}]: {_SECCOMP}")
    for container, _ in containers_with_paths(spec, ""):
        own = container.get("securityContext") or {}
        key = f"{_SECCOMP_CONTAINER}{container.get('name', '')}"
        if key in annotations and "seccompProfile" not in own:
            found.append(f"{path}[{key}]: {_SECCOMP}")
        key = f"{_APPARMOR_CONTAINER}{container.get('name', '')}"
        if key in annotations and in_template and "appArmorProfile" not in own and "appArmorProfile" not in context:
            found.append(f"{path}[{key}]: {_APPARMOR}")


def _of_volumes(found: list[str], path: str, volumes: list[Obj]) -> None:
    tokens: set[str] = set()
    for index, volume in enumerate(volumes):
        for name in volume:
            if name in VOLUMES:
                shown = "storageOS" if name == "storageos" else name
                found.append(f"{path}[{index}].{shown}: {VOLUMES[name]}")
        template = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
        if template is not None:
            found += claim_warnings(f"{path}[{index}].ephemeral.volumeClaimTemplate.spec", template.get("spec") or {})
        for source in (volume.get("projected") or {}).get("sources") or ():
            if "serviceAccountToken" in source:
                tokens.add(source["serviceAccountToken"].get("path", ""))
    if not tokens:
        return
    for index, volume in enumerate(volumes):
        for source in (volume.get("projected") or {}).get("sources") or ():
            _over_tokens(found, f"{path}[{index}].projected.sources", source, tokens)


def _over_tokens(found: list[str], path: str, source: Obj, tokens: set[str]) -> None:
    """A file where a token stands as well."""
    for name, shown in (("configMap", "configMap"), ("secret", "secrets"), ("downwardAPI", "downwardAPI")):
        for place, item in enumerate((source.get(name) or {}).get("items") or ()):
            if item.get("path", "") in tokens:
                found.append(f'{path}.{shown}[{place}]: has duplicated path with ServiceAccountToken "{item["path"]}"')
    bundle = source.get("clusterTrustBundle")
    if bundle is not None and bundle.get("path", "") in tokens:
        found.append(f'{path}.ClusterTrustBundle: has duplicated path with ServiceAccountToken "{bundle["path"]}"')


def _duplicates(found: list[str], path: str, field: str, values: Iterable[Any]) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            found.append(f'{path}[{index}].{field}: duplicate {field} "{value}"')
        seen.add(value)


def _fractions(found: list[str], path: str, amounts: Obj) -> None:
    for name in _BYTES:
        if name in amounts and -(-nano(amounts[name]) // 10**6) % 1000:
            found.append(f'{path}[{name}]: fractional byte value "{amounts[name]}" is invalid, must be an integer')


def _of_container(found: list[str], path: str, container: Obj) -> None:
    resources = container.get("resources")
    if resources:
        for side in ("limits", "requests"):
            if side in resources:
                _fractions(found, f"{path}.resources.{side}", resources[side])
    variables = container.get("env") or ()
    if len(variables) < 2:
        return
    seen: set[str] = set()
    for index, variable in enumerate(variables):
        name = variable.get("name", "")
        if name in seen:
            reference, value = f"$({name})", variable.get("value", "")
            if "valueFrom" in variable or value == reference or reference not in value:
                found.append(f'{path}.env[{index}]: hides previous definition of "{name}", which may be dropped when '
                             "using apply")  # fmt: skip
        seen.add(name)


def _of_ports(found: list[str], path: str, ports: list[Obj], taken: dict[str, list[tuple[str, Obj]]]) -> None:
    for index, port in enumerate(ports):
        where, host = f"{path}.ports[{index}]", port.get("hostPort", 0)
        others = taken.setdefault(f"{port.get('containerPort', 0)}/{port.get('protocol', '')}", [])
        for place, other in others:
            same_ip = port.get("hostIP", "") == other.get("hostIP", "")
            if same_ip and host == other.get("hostPort", 0):
                found.append(f"{where}: duplicate port definition with {place}")
            elif not host or not other.get("hostPort", 0) or (host == other["hostPort"]
                                                              and not (port.get("hostIP") and other.get("hostIP"))):
                found.append(f"{where}: overlapping port definition with {place}")
        if len(others) < _COMPARED:
            others.append((where, port))
