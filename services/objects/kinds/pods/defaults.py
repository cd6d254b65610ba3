"""The defaults of pods, and of the pod templates inside other kinds."""

from __future__ import annotations

from services.objects import quantity
from services.objects.kinds.amounts import default_amounts
from services.objects.kinds.pods.containers.resources import POD_RESOURCES, aggregated
from services.objects.kinds.pods.images import pull_policy
from services.objects.kinds.pods.volumes.defaults import default_field_selector, default_volume
from services.objects.kinds.validation.amounts import is_huge_pages
from services.objects.meta import Obj

_POD_SPEC = (
    ("restartPolicy", "Always"),
    ("terminationGracePeriodSeconds", 30),
    ("dnsPolicy", "ClusterFirst"),
    ("schedulerName", "default-scheduler"),
)
_PROBE = (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3))
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def default_pod(pod: Obj) -> None:
    spec = pod.setdefault("spec", {})
    default_pod_spec(spec)
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    for container in (*spec.get("initContainers", ()), *spec.get("containers", ())):
        resources = container["resources"]
        if "limits" in resources:
            resources["requests"] = resources["limits"] | resources.get("requests", {})
        if spec.get("hostNetwork"):
            for port in container.get("ports", ()):
                if not port.get("hostPort") and port.get("containerPort"):
                    port["hostPort"] = port["containerPort"]
    if spec.get("resources"):
        _default_pod_resources(spec)


def default_template(template: Obj) -> None:
    """A pod template: a pod's spec without what is decided when the pod is made."""
    template.setdefault("metadata", {})
    default_pod_spec(template.setdefault("spec", {}))


def default_pod_spec(spec: Obj) -> None:
    for name, value in _POD_SPEC:
        if not spec.get(name) and (value.__class__ is str or spec.get(name) is None):
            spec[name] = value
    if "securityContext" not in spec:
        spec["securityContext"] = {}
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for volume in spec.get("volumes", ()):
        default_volume(volume)
    for container in spec.get("initContainers", ()):
        default_container(container)
    for container in spec.get("containers", ()):
        default_container(container)
    for container in spec.get("ephemeralContainers", ()):
        default_container(container)
    if "resources" in spec:
        _default_resources(spec["resources"])
    if "overhead" in spec:
        default_amounts(spec["overhead"])


def default_container(container: Obj) -> None:
    if not container.get("imagePullPolicy"):
        container["imagePullPolicy"] = pull_policy(container.get("image") or "")
    if not container.get("terminationMessagePath"):
        container["terminationMessagePath"] = "/dev/termination-log"
    if not container.get("terminationMessagePolicy"):
        container["terminationMessagePolicy"] = "File"
    _default_resources(container.setdefault("resources", {}))
    for port in container.get("ports", ()):
        if not port.get("protocol"):
            port["protocol"] = "TCP"
    for variable in container.get("env", ()):
        if "valueFrom" in variable:
            _default_env_source(variable["valueFrom"])
    for name in _PROBES:
        if name in container:
            _default_probe(container[name])
    for handler in container.get("lifecycle", {}).values():
        if handler.__class__ is dict and "httpGet" in handler:
            _default_http_get(handler["httpGet"])


def _default_env_source(source: Obj) -> None:
    if "fieldRef" in source:
        default_field_selector(source["fieldRef"])
    if "resourceFieldRef" in source:
        source["resourceFieldRef"].setdefault("divisor", "0")
    if "fileKeyRef" in source:
        source["fileKeyRef"].setdefault("optional", False)


def _default_resources(resources: Obj) -> None:
    for side in ("limits", "requests"):
        if side in resources:
            default_amounts(resources[side])


def _default_probe(probe: Obj) -> None:
    for name, value in _PROBE:
        if not probe.get(name):
            probe[name] = value
    if "httpGet" in probe:
        _default_http_get(probe["httpGet"])
    if "grpc" in probe:
        probe["grpc"].setdefault("service", "")


def _default_http_get(action: Obj) -> None:
    if not action.get("path"):
        action["path"] = "/"
    if not action.get("scheme"):
        action["scheme"] = "HTTP"


def _default_pod_resources(spec: Obj) -> None:
    """What the pod as a whole asks for: what its containers do together, or as much as it may use.

    Huge pages are never shared out, so of these the limit follows first.
    """
    resources = spec["resources"]
    if not resources.get("limits") and not resources.get("requests"):
        return
    requests, limits = dict(resources.get("requests", {})), dict(resources.get("limits", {}))
    for name, amount in aggregated(spec, "limits").items():
        if is_huge_pages(name) and name not in requests:
            limits.setdefault(name, quantity.canonical(amount))
    if not limits:
        return
    resources["limits"] = limits
    for name, amount in aggregated(spec, "requests").items():
        if name in POD_RESOURCES:
            requests.setdefault(name, quantity.canonical(amount))
    for name, limit in limits.items():
        if name in POD_RESOURCES or is_huge_pages(name):
            requests.setdefault(name, limit)
    if requests:
        resources["requests"] = requests
