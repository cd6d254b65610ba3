"""Pod templates, where they occur: with a selector that selects what they make, for pods that run for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.objects import selectors
from services.objects.errors import Cause
from services.objects.kinds.pods.validation import validate_template
from services.objects.kinds.validation.field import NIL, Causes, forbidden, immutable, invalid, required, unsupported
from services.objects.kinds.validation.labels import is_empty, validate_selector
from services.objects.kinds.validation.meta import validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.printer import Column

_EMPTY_SELECTOR = "empty selector is invalid for deployment"  # Kubernetes says so of ReplicaSets too


def validate_selected_template(causes: Causes, spec: Obj) -> None:
    """The selector, and that it selects what the template makes."""
    selector, template = spec.get("selector"), spec.get("template") or {}
    validate_needed_selector(causes, selector, _EMPTY_SELECTOR)
    if not validate_match(causes, selector, template):
        causes.append(invalid("spec.selector", selector, "invalid label selector"))
        return
    validate_lasting_template(causes, "spec.template", template, "ReplicaSet")


def validate_needed_selector(causes: Causes, selector: Obj | None, empty: str = "") -> None:
    """`empty` is what is said of a selector of everything, where none may be."""
    if selector is None:
        causes.append(required("spec.selector"))
        return
    validate_selector(causes, "spec.selector", selector)
    if empty and is_empty(selector):
        causes.append(invalid("spec.selector", selector, empty))


def validate_match(causes: Causes, selector: Obj | None, template: Obj) -> bool:
    """Whether the selector can be read. None at all selects nothing: the template is not selected then either."""
    labels = (template.get("metadata") or {}).get("labels") or {}
    try:
        matches = selectors.from_json(selector).matches(labels)
    except selectors.SelectorError:
        return False
    if not matches:
        causes.append(mismatch(labels))
    return True


def mismatch(labels: Mapping[str, str]) -> Cause:
    return invalid("spec.template.metadata.labels", dict(sorted(labels.items())) or NIL,
                   "`selector` does not match template `labels`")  # fmt: skip


def validate_lasting_template(causes: Causes, path: str, template: Obj, owner: str) -> None:
    validate_template(causes, path, template)
    spec = template.get("spec") or {}
    policy = spec.get("restartPolicy")
    if policy and policy != "Always":
        causes.append(unsupported(f"{path}.spec.restartPolicy", policy, ("Always",)))
    if spec.get("activeDeadlineSeconds") is not None:
        causes.append(forbidden(f"{path}.spec.activeDeadlineSeconds",
                                f"activeDeadlineSeconds in {owner} is not Supported"))


def validate_selected_update(new: Obj, old: Obj) -> Causes:
    """Deployments and ReplicaSets keep their selector for life."""
    causes: Causes = []
    validate_meta_update(causes, new, old)
    immutable(causes, "spec.selector", new["spec"].get("selector"), old["spec"].get("selector"))
    return causes


COLUMNS = (
    Column("Containers", priority=1, description="Names of the template's containers."),
    Column("Images", priority=1, description="Images of the template's containers."),
    Column("Selector", priority=1, description="Labels of its pods."),
)


def template_cells(spec: Obj, selector: str) -> list[Any]:
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers") or ()
    return [cells.joined(containers, "name"), cells.joined(containers, "image"), selector]


def selector_cell(spec: Obj) -> str:
    try:
        return str(selectors.from_json(spec.get("selector"))) or cells.NONE
    except selectors.SelectorError:
        return "<error>"
