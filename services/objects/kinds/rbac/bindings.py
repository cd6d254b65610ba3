"""RoleBindings and ClusterRoleBindings: who has a role. Which role it is is for life: whoever may change a binding's
subjects must not thereby hand out another role."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.rbac.roles import GROUP
from services.objects.kinds.validation.field import Causes, add_invalid, invalid, required, unsupported
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_SUBJECTS = ("ServiceAccount", "User", "Group")


def default_binding(binding: Obj) -> None:
    reference = binding.setdefault("roleRef", {})
    if not reference.get("apiGroup"):
        reference["apiGroup"] = GROUP
    for subject in binding.get("subjects") or ():
        if not subject.get("apiGroup") and subject.get("kind") in ("User", "Group"):
            subject["apiGroup"] = GROUP


def validate_rolebinding(binding: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, binding, names.is_path_segment)
    _validate(causes, binding, ("ClusterRole", "Role"), namespaced=True)
    return causes


def validate_clusterrolebinding(binding: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, binding, names.is_path_segment, namespaced=False)
    _validate(causes, binding, ("ClusterRole",), namespaced=False)
    return causes


def _validate(causes: Causes, binding: Obj, roles: tuple[str, ...], *, namespaced: bool) -> None:
    reference = binding.get("roleRef") or {}
    group, kind, name = (reference.get(field) or "" for field in ("apiGroup", "kind", "name"))
    if group != GROUP:
        causes.append(unsupported("roleRef.apiGroup", group, (GROUP,)))
    if kind not in roles:
        causes.append(unsupported("roleRef.kind", kind, roles))
    if not name:
        causes.append(required("roleRef.name"))
    add_invalid(causes, "roleRef.name", name, names.is_path_segment(name))
    for index, subject in enumerate(binding.get("subjects") or ()):
        _validate_subject(causes, f"subjects[{index}]", subject, namespaced)


def _validate_subject(causes: Causes, path: str, subject: Obj, namespaced: bool) -> None:
    kind, name, group = (subject.get(field) or "" for field in ("kind", "name", "apiGroup"))
    if not name:
        causes.append(required(f"{path}.name"))
    if kind not in _SUBJECTS:
        causes.append(unsupported(f"{path}.kind", kind, _SUBJECTS))
    elif kind != "ServiceAccount":
        if group != GROUP:
            causes.append(unsupported(f"{path}.apiGroup", group, (GROUP,)))
    else:
        if name:
            add_invalid(causes, f"{path}.name", name, names.is_dns1123_subdomain(name))
        if group:
            causes.append(unsupported(f"{path}.apiGroup", group, ("",)))
        if not namespaced and not subject.get("namespace"):
            causes.append(required(f"{path}.namespace"))


def validate_binding_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    if new.get("roleRef") != old.get("roleRef"):
        causes.append(invalid("roleRef", new.get("roleRef"), "cannot change roleRef"))
    return causes


def _row(binding: Obj, now: datetime) -> list[Any]:
    reference = binding.get("roleRef") or {}
    by_kind: dict[str, list[str]] = {kind: [] for kind in _SUBJECTS}
    for subject in binding.get("subjects") or ():
        name = subject.get("name", "")
        full = f"{subject.get('namespace', '')}/{name}" if subject.get("kind") == "ServiceAccount" else name
        by_kind.setdefault(subject.get("kind", ""), []).append(full)
    return [
        binding["metadata"].get("name", ""), f"{reference.get('kind', '')}/{reference.get('name', '')}",
        cells.age(binding, now), *(", ".join(by_kind[kind]) for kind in ("User", "Group", "ServiceAccount")),
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Role", description="What its subjects may do."),
        cells.AGE,
        Column("Users", priority=1, description="Users who may."),
        Column("Groups", priority=1, description="Groups whose members may."),
        Column("ServiceAccounts", priority=1, description="Service accounts that may."),
    ),
    _row,
)
ROLEBINDING = Kind(
    group=GROUP, version="v1", kind="RoleBinding", plural="rolebindings", singular="rolebinding", namespaced=True,
    definition="io.k8s.api.rbac.v1.RoleBinding", printer=PRINTER, create_on_update=True,
    default=default_binding, validate=validate_rolebinding, validate_update=validate_binding_update,
    warnings=lambda obj: pending_kind("rolebindings"),
)  # fmt: skip
CLUSTERROLEBINDING = Kind(
    group=GROUP, version="v1", kind="ClusterRoleBinding", plural="clusterrolebindings",
    singular="clusterrolebinding", namespaced=False, definition="io.k8s.api.rbac.v1.ClusterRoleBinding",
    printer=PRINTER, create_on_update=True,
    default=default_binding, validate=validate_clusterrolebinding, validate_update=validate_binding_update,
    warnings=lambda obj: pending_kind("clusterrolebindings"),
)  # fmt: skip
