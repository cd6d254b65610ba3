"""Bindings: the decision where a pod goes; acted upon, never kept."""

from __future__ import annotations

from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.field import Causes, required, unsupported
from services.objects.meta import Obj
from services.objects.printing.generic import NAME_AND_AGE


def validate_binding(binding: Obj) -> Causes:
    """metadata names the pod; what else is said of it is the pod's affair."""
    causes: Causes = []
    target = binding.get("target") or {}
    if target.get("kind", "") not in ("", "Node"):
        causes.append(unsupported("target.kind", target["kind"], ("Node", "<empty>")))
    if not target.get("name"):
        causes.append(required("target.name"))
    return causes


BINDING = Kind(
    group="", version="v1", kind="Binding", plural="bindings", singular="binding",
    namespaced=True, definition="io.k8s.api.core.v1.Binding", printer=NAME_AND_AGE,
    verbs=("create",), stored=False,
    validate=validate_binding,
)  # fmt: skip
