"""What callers may ask at all. Everybody who is authenticated may do everything, but nodes only read what they need.

What a node may write is decided where the object is known: see admission.nodes. There is one set of rules: requests are
judged by it, and so are the questions of authorization.k8s.io.
"""

from __future__ import annotations

from typing import NamedTuple

from services.apiserver.request import Caller, Target
from services.objects.errors import Forbidden
from services.objects.meta import Obj

_READABLE_BY_NODES: dict[str, tuple[str, ...]] = {
    "": ("pods", "nodes", "services", "endpoints", "configmaps", "secrets", "serviceaccounts", "namespaces", "events"),
    "discovery.k8s.io": ("endpointslices",),
    "coordination.k8s.io": ("leases",),
    "events.k8s.io": ("events",),
}
_STREAMS = frozenset({"exec", "attach", "portforward", "log", "proxy"})
_READING, _WRITING = ("get", "list", "watch"), ("create", "delete", "deletecollection", "patch", "update")
_ALL = ["*"]


class Attributes(NamedTuple):
    """What somebody wants to do: `verb` as in Kubernetes' RBAC, on a resource or, with `path`, on a URL."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


class Rules(NamedTuple):
    """What somebody may do, as SelfSubjectRulesReview tells it; `incomplete` says why that is not all of it."""

    resources: list[Obj]
    paths: list[Obj]
    incomplete: str = ""


def refusal(caller: Caller, wanted: Attributes) -> str:
    """Why not; "" is yes."""
    if not caller.node or wanted.path:
        return ""
    if wanted.subresource in _STREAMS:
        return "nodes do not look into containers"
    if wanted.verb not in _WRITING and wanted.resource not in _READABLE_BY_NODES.get(wanted.group, ()):
        return "nodes read only what they need"
    return ""


def rules(caller: Caller) -> Rules:
    """The same in every namespace."""
    paths = [{"verbs": _ALL, "nonResourceURLs": _ALL}]
    if not caller.node:
        return Rules([{"verbs": _ALL, "apiGroups": _ALL, "resources": _ALL}], paths)
    readable = [{"verbs": list(_READING), "apiGroups": [group], "resources": list(resources)}
                for group, resources in _READABLE_BY_NODES.items()]  # fmt: skip
    writable = {"verbs": list(_WRITING), "apiGroups": _ALL, "resources": _ALL}
    return Rules([*readable, writable], paths, "what a node may write depends on the object")


def authorize(caller: Caller, verb: str, target: Target) -> None:
    """Raises Forbidden."""
    if not caller.node:
        return
    kind = target.kind
    if refusal(caller, Attributes(verb, kind.group, kind.plural, target.subresource, target.namespace, target.name)):
        raise _forbidden(caller, verb, target)


def _forbidden(caller: Caller, verb: str, target: Target) -> Forbidden:
    kind = target.kind
    resource = f"{kind.plural}/{target.subresource}" if target.subresource else kind.plural
    where = f'in the namespace "{target.namespace}"' if target.namespace else "at the cluster scope"
    why = f'User "{caller.name}" cannot {verb} resource "{resource}" in API group "{kind.group}" {where}'
    if target.name:
        return Forbidden.object(kind.group, kind.plural, target.name, why)
    qualified = f"{kind.plural}.{kind.group}" if kind.group else kind.plural
    return Forbidden(f"{qualified} is forbidden: {why}", details={"group": kind.group, "kind": kind.plural})
