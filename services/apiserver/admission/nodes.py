"""NodeRestriction: a node's agent writes only what is its own.

https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction, made stricter: what is
not allowed here is refused, since there is no other authorizer for nodes yet.
"""

from __future__ import annotations

from services.apiserver.admission.chain import Request
from services.objects.errors import Forbidden
from services.objects.meta import Obj


def node_restriction(request: Request) -> None:
    """Raises Forbidden. Callers that are no nodes pass."""
    node = request.caller.node
    if not node:
        return
    target = request.target
    check = _CHECKS.get(target.kind.resource)
    why = "nodes may not write this" if check is None else check(node, request)
    if why:
        name = target.name or ((request.new or {}).get("metadata") or {}).get("name", "")
        raise Forbidden.object(target.kind.group, target.kind.plural, name, why)


def _name(request: Request) -> str:
    obj: Obj = request.new or request.old or {}
    name: str = request.target.name or obj["metadata"].get("name", "")
    return name


def _nodes(node: str, request: Request) -> str:
    if _name(request) != node:
        return f'node "{node}" is not allowed to modify node "{_name(request)}"'
    if request.verb == "delete":
        return f'node "{node}" is not allowed to delete itself'
    if request.verb == "update" and not request.target.subresource:
        assert request.new is not None
        assert request.old is not None
        if request.new["spec"].get("taints") != request.old["spec"].get("taints"):
            return f'node "{node}" is not allowed to modify taints'
    return ""


def _leases(node: str, request: Request) -> str:
    if request.target.namespace != "kube-node-lease":
        return f'node "{node}" may only write leases in the namespace "kube-node-lease"'
    return "" if _name(request) == node else f'node "{node}" may only write its own lease'


def _pods(node: str, request: Request) -> str:
    if request.verb == "create" and not request.target.subresource:
        return f'node "{node}" may not create pods'
    pod = request.old or request.new or {}
    if (pod.get("spec") or {}).get("nodeName") != node:
        return f'node "{node}" can only write pods with spec.nodeName set to itself'
    if request.verb == "update" and request.target.subresource != "status":
        return f'node "{node}" may only write the status of its pods'
    return ""


def _events(node: str, request: Request) -> str:
    return f'node "{node}" may not delete events' if request.verb == "delete" else ""


def _service_accounts(node: str, request: Request) -> str:
    return "" if request.target.subresource == "token" else f'node "{node}" may not write service accounts'


_CHECKS = {
    "nodes": _nodes,
    "leases.coordination.k8s.io": _leases,
    "pods": _pods,
    "events": _events,
    "events.events.k8s.io": _events,
    "serviceaccounts": _service_accounts,
}
