"""IngressClasses: which controller serves which Ingresses, and its parameters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    forbidden,
    immutable,
    required,
    too_long,
    unsupported,
)
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.kinds.validation.references import validate_typed_reference
from services.objects.kinds.validation.texts.domains import validate_domain_prefixed_path
from services.objects.meta import Obj, annotations_of
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

DEFAULT_ANNOTATION = "ingressclass.kubernetes.io/is-default-class"
_SCOPES = ("Cluster", "Namespace")
_LONGEST_CONTROLLER = 250


def default_ingressclass(ingressclass: Obj) -> None:
    parameters = ingressclass.setdefault("spec", {}).get("parameters")
    if parameters is not None:
        parameters.setdefault("scope", "Cluster")


def validate_ingressclass(ingressclass: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, ingressclass, names.is_dns1123_subdomain, namespaced=False)
    spec = ingressclass.get("spec") or {}
    controller = spec.get("controller") or ""
    if len(controller.encode("utf-8", "replace")) > _LONGEST_CONTROLLER:
        causes.append(too_long("spec.controller", _LONGEST_CONTROLLER))
    validate_domain_prefixed_path(causes, "spec.controller", controller)
    if spec.get("parameters") is not None:
        _validate_parameters(causes, "spec.parameters", spec["parameters"])
    return causes


def _validate_parameters(causes: Causes, path: str, parameters: Obj) -> None:
    validate_typed_reference(causes, path, parameters)
    scope, namespace = parameters.get("scope"), parameters.get("namespace")
    if scope is None:
        causes.append(required(f"{path}.scope"))
    elif scope not in _SCOPES:
        causes.append(unsupported(f"{path}.scope", scope, _SCOPES))
    elif scope == "Cluster":
        if namespace is not None:
            causes.append(forbidden(f"{path}.namespace", "`parameters.scope` is set to 'Cluster'"))
    elif namespace is None:
        causes.append(required(f"{path}.namespace", "`parameters.scope` is set to 'Namespace'"))
    else:
        add_invalid(causes, f"{path}.namespace", namespace, names.is_dns1123_label(namespace))


def validate_ingressclass_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    after, before = new.get("spec") or {}, old.get("spec") or {}
    immutable(causes, "spec.controller", after.get("controller"), before.get("controller"))
    return causes


def _row(ingressclass: Obj, now: datetime) -> list[Any]:
    spec = ingressclass.get("spec") or {}
    parameters = spec.get("parameters")
    shown = cells.NONE
    if parameters is not None:
        group = f".{parameters['apiGroup']}" if parameters.get("apiGroup") is not None else ""
        shown = f"{parameters.get('kind', '')}{group}/{parameters.get('name', '')}"
    name = ingressclass["metadata"].get("name", "")
    if annotations_of(ingressclass).get(DEFAULT_ANNOTATION) == "true":
        name += " (default)"
    return [name, spec.get("controller") or "", shown, cells.age(ingressclass, now)]


PRINTER = Printer(
    (
        NAME,
        Column("Controller", description="Who serves Ingresses of this class."),
        Column("Parameters", description="The object with more settings for the controller."),
        cells.AGE,
    ),
    _row,
)
INGRESSCLASS = Kind(
    group="networking.k8s.io", version="v1", kind="IngressClass", plural="ingressclasses", singular="ingressclass",
    namespaced=False, definition="io.k8s.api.networking.v1.IngressClass", printer=PRINTER, has_generation=True,
    default=default_ingressclass,
    validate=validate_ingressclass, validate_update=validate_ingressclass_update,
)  # fmt: skip
