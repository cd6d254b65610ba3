"""What callers may ask at all. Everybody who is authenticated may do everything, but nodes only read what they need.

What a node may write is decided where the object is known: see admission.nodes.
"""

from __future__ import annotations

from services.apiserver.request import Caller, Target
from services.objects.errors import Forbidden

_READABLE_BY_NODES = frozenset(
    {
        "pods", "nodes", "services", "endpoints", "endpointslices.discovery.k8s.io", "configmaps", "secrets",
        "serviceaccounts", "namespaces", "leases.coordination.k8s.io", "events", "events.events.k8s.io",
    }
)  # fmt: skip
_STREAMS = frozenset({"exec", "attach", "portforward", "log", "proxy"})


def authorize(caller: Caller, verb: str, target: Target) -> None:
    """`verb` as in Kubernetes' RBAC. Raises Forbidden."""
    if not caller.node:
        return
    if target.subresource in _STREAMS:
        raise _forbidden(caller, verb, target)
    if verb in ("get", "list", "watch") and target.kind.resource not in _READABLE_BY_NODES:
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
