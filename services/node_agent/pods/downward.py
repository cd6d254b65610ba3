"""The downward API: what a pod may know of itself, as text for variables and files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.objects import quantity
from services.objects.meta import Obj

SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")


class ConfigError(Exception):
    """The container cannot be described to the engine: CreateContainerConfigError."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a pod learns about its node; `allocatable` stands in for limits that are not set."""

    host_ip: str = ""
    pod_ip: str = ""
    allocatable: Mapping[str, str] = field(default_factory=dict)


def field_value(pod: Obj, path: str, around: Surroundings) -> str:
    """The value of a fieldRef; raises ConfigError for a path that is none."""
    meta, spec = pod["metadata"], pod["spec"]
    subscript = SUBSCRIPT.fullmatch(path)
    if subscript:
        return str((meta.get(subscript[1]) or {}).get(subscript[2], ""))
    if path in ("metadata.labels", "metadata.annotations"):
        return _properties(meta.get(path.removeprefix("metadata.")) or {})
    values = {
        "metadata.name": meta.get("name"), "metadata.namespace": meta.get("namespace"), "metadata.uid": meta.get("uid"),
        "spec.nodeName": spec.get("nodeName"), "spec.serviceAccountName": spec.get("serviceAccountName") or "default",
        "status.hostIP": around.host_ip, "status.hostIPs": around.host_ip,
        "status.podIP": around.pod_ip, "status.podIPs": around.pod_ip,
    }  # fmt: skip
    if path not in values:
        raise ConfigError(f"unsupported fieldPath: {path}")
    return str(values[path] or "")


def _properties(pairs: Mapping[str, str]) -> str:
    """`key="value"` lines, values quoted as Go quotes them."""
    return "\n".join(f"{key}={_quoted(value)}" for key, value in sorted(pairs.items()))


def _quoted(text: str) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(escapes.get(one, one) for one in text) + '"'


def resource_value(container: Obj, reference: Obj, around: Surroundings) -> str:
    """The value of a resourceFieldRef in units of its divisor, rounded up; raises ConfigError."""
    kind, _, name = str(reference["resource"]).partition(".")
    if kind not in ("limits", "requests") or not name:
        raise ConfigError(f"unsupported container resource : {reference['resource']}")
    amounts = (container.get("resources") or {}).get(kind) or {}
    amount = amounts.get(name)
    if amount is None:
        amount = around.allocatable.get(name, "0") if kind == "limits" else "0"
    divisor = reference.get("divisor")
    unit = quantity.nano(divisor) if divisor not in (None, "", "0", 0) else quantity.nano("1")
    return str(-(-quantity.nano(amount) // unit))
