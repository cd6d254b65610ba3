"""Empty a namespace that is being deleted, then let it go.

Pods go first and everything else waits for their end: a pod that shuts down may still need its Secrets and Services
(KEP-5080). What keeps the namespace stands in its conditions, in Kubernetes' words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.controller_manager.plans import NOTHING, Plan, RequeueAfter, Step, Update, delete, with_status
from services.objects import conditions
from services.objects.kinds import NAMESPACE, POD, Kind
from services.objects.meta import Obj, is_deleting

FINALIZER = "kubernetes"
_RETRY = 5.0  # seconds; the end of its content wakes a namespace sooner


@dataclass(frozen=True, slots=True)
class Observed:
    """`content`: all that is in the namespace now, asked of the apiserver, each object once."""

    namespace: Obj
    content: Sequence[tuple[Kind, Obj]]


def decide(observed: Observed, now: datetime) -> Plan:
    namespace, content = observed.namespace, observed.content
    finalizers = namespace["spec"].get("finalizers") or []
    if not is_deleting(namespace) or FINALIZER not in finalizers:
        return NOTHING
    if not content:
        left = [each for each in finalizers if each != FINALIZER]
        spec = {**namespace["spec"], "finalizers": left}
        return Plan([Update(NAMESPACE, {**namespace, "spec": spec}, subresource="finalize")])
    pods = [each for each in content if each[0] is POD]
    doomed = [(kind, obj) for kind, obj in pods or content if not is_deleting(obj)]
    steps: list[Step] = [delete(kind, obj, propagation="Background") for kind, obj in doomed]
    if not doomed:
        steps += with_status(NAMESPACE, namespace, _status(namespace, content, now))
    return Plan([*steps, RequeueAfter(_RETRY)])


def _status(namespace: Obj, content: Sequence[tuple[Kind, Obj]], now: datetime) -> Obj:
    status = {**(namespace.get("status") or {}), "phase": "Terminating"}
    kinds = Counter(kind.resource for kind, _ in content)
    remaining = ", ".join(f"{resource} has {count} resource instances" for resource, count in sorted(kinds.items()))
    finalizers = Counter(each for _, obj in content for each in obj["metadata"].get("finalizers") or ())
    held = ", ".join(f"{finalizer} in {count} resource instances" for finalizer, count in sorted(finalizers.items()))
    told = [
        ("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"),
        ("NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions",
         "All legacy kube types successfully parsed"),
        ("NamespaceDeletionContentFailure", "False", "ContentDeleted",
         "All content successfully deleted, may be waiting on finalization"),
        ("NamespaceContentRemaining", "True", "SomeResourcesRemain", f"Some resources are remaining: {remaining}"),
        ("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain",
         f"Some content in the namespace has finalizers remaining: {held}") if held else
        ("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers",
         "All content-preserving finalizers finished"),
    ]  # fmt: skip
    found = status.get("conditions") or []
    for type, state, reason, message in told:
        found = conditions.set(found, type, state, reason, message, now)
    return {**status, "conditions": found}
