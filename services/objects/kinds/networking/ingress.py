"""Ingresses: which hosts and paths of the outside lead to which Services."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds.kind import Kind
from services.objects.kinds.subresources import status_of
from services.objects.kinds.validation.field import NIL, Causes, add_invalid, invalid, required, unsupported
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update, validate_update
from services.objects.kinds.validation.references import validate_typed_reference
from services.objects.kinds.validation.texts import addresses
from services.objects.meta import Obj, annotations_of
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_NOT_IN_PATHS = ("//", "/./", "/../", "%2f", "%2F")
_NOT_AT_THE_END = ("/..", "/.")
_NO_ADDRESS = "must be a DNS name, not an IP address"


def default_ingress(ingress: Obj) -> None:
    ingress.setdefault("spec", {})


def prepare_ingress(ingress: Obj) -> None:
    ingress["status"] = {"loadBalancer": {}}


def validate_ingress(ingress: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, ingress, names.is_dns1123_subdomain)
    spec = ingress.get("spec") or {}
    rules, backend = spec.get("rules") or (), spec.get("defaultBackend")
    if not rules and backend is None:
        causes.append(invalid("spec", NIL if spec.get("rules") is None else [],
                              "either `defaultBackend` or `rules` must be specified"))  # fmt: skip
    if backend is not None:
        _validate_backend(causes, "spec.defaultBackend", backend)
    for index, rule in enumerate(rules):
        _validate_rule(causes, f"spec.rules[{index}]", rule)
    for index, tls in enumerate(spec.get("tls") or ()):
        _validate_tls(causes, f"spec.tls[{index}]", tls)
    name = spec.get("ingressClassName")
    if name is not None:
        add_invalid(causes, "spec.ingressClassName", name, names.is_dns1123_subdomain(name))
    return causes


def validate_class_annotation(ingress: Obj) -> Causes:
    """On creation the old annotation may not contradict the field that replaced it; later it is nobody's business."""
    old, name = annotations_of(ingress).get(CLASS_ANNOTATION), (ingress.get("spec") or {}).get("ingressClassName")
    if old is None or name is None or old == name:
        return []
    return [invalid(f"annotations.{CLASS_ANNOTATION}", old, "must match `ingressClassName` when both are specified")]


def _validate_tls(causes: Causes, path: str, tls: Obj) -> None:
    for index, host in enumerate(tls.get("hosts") or ()):
        rule = names.is_wildcard_subdomain if "*" in host else names.is_dns1123_subdomain
        add_invalid(causes, f"{path}.hosts[{index}]", host, rule(host))
    secret = tls.get("secretName")
    if secret:
        add_invalid(causes, f"{path}.secretName", secret, names.is_dns1123_subdomain(secret))


def _validate_rule(causes: Causes, path: str, rule: Obj) -> None:
    host = rule.get("host")
    if host:
        if addresses.is_address(host):
            causes.append(invalid(f"{path}.host", host, _NO_ADDRESS))
        allowed = names.is_wildcard_subdomain if "*" in host else names.is_dns1123_subdomain
        add_invalid(causes, f"{path}.host", host, allowed(host))
    http = rule.get("http")
    if http is None:
        return
    paths = http.get("paths") or ()
    if not paths:
        causes.append(required(f"{path}.http.paths"))
    for index, each in enumerate(paths):
        _validate_path(causes, f"{path}.http.paths[{index}]", each)


def _validate_path(causes: Causes, where: str, path: Obj) -> None:
    kind, text = path.get("pathType"), path.get("path") or ""
    if kind is None:
        causes.append(required(f"{where}.pathType", "pathType must be specified"))
        return
    if kind not in _PATH_TYPES:
        causes.append(unsupported(f"{where}.pathType", kind, _PATH_TYPES))
    elif not text.startswith("/") and (text or kind != "ImplementationSpecific"):
        causes.append(invalid(f"{where}.path", text, "must be an absolute path"))
    if kind in ("Exact", "Prefix"):
        for sequence in _NOT_IN_PATHS:
            if sequence in text:
                causes.append(invalid(f"{where}.path", text, f"must not contain '{sequence}'"))
        for suffix in _NOT_AT_THE_END:
            if text.endswith(suffix):
                causes.append(invalid(f"{where}.path", text, f"cannot end with '{suffix}'"))
    _validate_backend(causes, f"{where}.backend", path.get("backend") or {})


def _validate_backend(causes: Causes, path: str, backend: Obj) -> None:
    resource, service = backend.get("resource"), backend.get("service")
    if resource is not None and service is not None:
        causes.append(invalid(path, "", "cannot set both resource and service backends"))
    elif resource is not None:
        validate_typed_reference(causes, f"{path}.resource", resource)
    elif service is not None:
        _validate_service_backend(causes, path, service)
    else:
        causes.append(invalid(path, "", "resource or service backend is required"))


def _validate_service_backend(causes: Causes, path: str, service: Obj) -> None:
    name, port = service.get("name") or "", service.get("port") or {}
    if not name:
        causes.append(required(f"{path}.service.name"))
    else:
        add_invalid(causes, f"{path}.service.name", name, names.is_dns1123_label(name))
    port_name, number = port.get("name"), port.get("number")
    if port_name and number:
        causes.append(invalid(path, "", "cannot set both port name & port number"))
    elif port_name:
        add_invalid(causes, f"{path}.service.port.name", port_name, names.is_port_name(port_name))
    elif number:
        add_invalid(causes, f"{path}.service.port.number", number, names.is_port_number(number))
    else:
        causes.append(required(path, "port name or number is required"))


def validate_ingress_status(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    points = ((new.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    for index, point in enumerate(points):
        where = f"status.loadBalancer.ingress[{index}]"
        ip, hostname = point.get("ip"), point.get("hostname")
        if ip:
            add_invalid(causes, f"{where}.ip", ip, addresses.ip_errors(ip))
        if hostname:
            add_invalid(causes, f"{where}.hostname", hostname, names.is_dns1123_subdomain(hostname))
            if addresses.is_address(hostname):
                causes.append(invalid(f"{where}.hostname", hostname, _NO_ADDRESS))
    return causes


def ingress_warnings(ingress: Obj) -> list[str]:
    if CLASS_ANNOTATION not in annotations_of(ingress) or (ingress.get("spec") or {}).get("ingressClassName"):
        return []
    return [f'annotation "{CLASS_ANNOTATION}" is deprecated, please use \'spec.ingressClassName\' instead']


def _hosts(spec: Obj) -> str:
    rules = spec.get("rules") or ()
    shown: list[str] = []
    for rule in rules:
        if len(shown) == 3:
            return f"{','.join(shown)} + {len(rules) - 3} more..."
        if rule.get("host"):
            shown.append(rule["host"])
    return ",".join(shown) or "*"


def _row(ingress: Obj, now: datetime) -> list[Any]:
    spec, status = ingress.get("spec") or {}, ingress.get("status") or {}
    points = (status.get("loadBalancer") or {}).get("ingress") or ()
    given = sorted({point.get("ip") or point.get("hostname") or "" for point in points} - {""})
    return [
        ingress["metadata"].get("name", ""), spec.get("ingressClassName") or cells.NONE, _hosts(spec), ",".join(given),
        "80, 443" if spec.get("tls") else "80", cells.age(ingress, now),
    ]  # fmt: skip


PRINTER = Printer(
    (
        NAME,
        Column("Class", description="The IngressClass that is to serve it."),
        Column("Hosts", description="The first hosts of its rules; * is any."),
        Column("Address", description="Where its load balancer listens."),
        Column("Ports", description="80, and 443 where there is TLS."),
        cells.AGE,
    ),
    _row,
)
INGRESS = Kind(
    group="networking.k8s.io", version="v1", kind="Ingress", plural="ingresses", singular="ingress",
    short_names=("ing",), namespaced=True, definition="io.k8s.api.networking.v1.Ingress", printer=PRINTER,
    subresources=(status_of("Ingress", "networking.k8s.io"),), has_generation=True,
    default=default_ingress, prepare=prepare_ingress,
    validate=validate_ingress, validate_create=validate_class_annotation, validate_update=validate_update,
    validate_status=validate_ingress_status,
    warnings=ingress_warnings,
)  # fmt: skip
