"""Secrets: settings for pods that not everybody may read, of types with rules of their own."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from services.objects import names
from services.objects.kinds import fields
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.field import Causes, add_invalid, immutable, invalid, required, too_long
from services.objects.kinds.validation.frozen import MAX_SIZE, decoded_size, validate_frozen
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_TOKEN_OWNER = "kubernetes.io/service-account.name"


def default_secret(secret: Obj) -> None:
    """stringData is for writing only: it goes into data."""
    if not secret.get("type"):
        secret["type"] = "Opaque"
    texts = secret.pop("stringData", None)
    if texts:
        data = secret.setdefault("data", {})
        for key, text in texts.items():
            data[key] = base64.b64encode(text.encode("utf-8", "replace")).decode()


def validate_secret(secret: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, secret, names.is_dns1123_subdomain)
    data = secret.get("data") or {}
    size = 0
    for key, value in data.items():
        add_invalid(causes, f"data[{key}]", key, names.is_config_key(key))
        size += decoded_size(value)
    if size > MAX_SIZE:
        causes.append(too_long("data", MAX_SIZE))
    validate = _TYPES.get(secret.get("type") or "")
    if validate is not None:
        validate(causes, secret, data)
    return causes


def _token(causes: Causes, secret: Obj, data: Mapping[str, str]) -> None:
    if not ((secret.get("metadata") or {}).get("annotations") or {}).get(_TOKEN_OWNER):
        causes.append(required(f"metadata.annotations[{_TOKEN_OWNER}]"))


def _docker_config(key: str) -> Callable[[Causes, Obj, Mapping[str, str]], None]:
    def validate(causes: Causes, secret: Obj, data: Mapping[str, str]) -> None:
        if key not in data:
            causes.append(required(f"data[{key}]"))
            return
        problem = _json_problem(data[key])
        if problem:
            causes.append(invalid(f"data[{key}]", "<secret contents redacted>", problem))

    return validate


def _json_problem(encoded: str) -> str:
    """Why the bytes are no JSON object; they themselves are never told."""
    try:
        value = json.loads(base64.b64decode(encoded) or b"")
    except (ValueError, RecursionError) as error:
        return str(error) if encoded else "unexpected end of JSON input"
    if value is None or isinstance(value, dict):
        return ""
    names = {list: "array", str: "string", bool: "bool"}
    return f"json: cannot unmarshal {names.get(type(value), 'number')} into Go value of type map[string]interface {{}}"


def _basic_auth(causes: Causes, secret: Obj, data: Mapping[str, str]) -> None:
    if "username" not in data and "password" not in data:
        causes.append(required("data[username]"))
        causes.append(required("data[password]"))


def _having(*keys: str) -> Callable[[Causes, Obj, Mapping[str, str]], None]:
    def validate(causes: Causes, secret: Obj, data: Mapping[str, str]) -> None:
        causes.extend(required(f"data[{key}]") for key in keys if key not in data)

    return validate


def _ssh_auth(causes: Causes, secret: Obj, data: Mapping[str, str]) -> None:
    if not data.get("ssh-privatekey"):
        causes.append(required("data[ssh-privatekey]"))


_TYPES: dict[str, Callable[[Causes, Obj, Mapping[str, str]], None]] = {
    "kubernetes.io/service-account-token": _token,
    "kubernetes.io/dockercfg": _docker_config(".dockercfg"),
    "kubernetes.io/dockerconfigjson": _docker_config(".dockerconfigjson"),
    "kubernetes.io/basic-auth": _basic_auth,
    "kubernetes.io/ssh-auth": _ssh_auth,
    "kubernetes.io/tls": _having("tls.crt", "tls.key"),
}


def validate_secret_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    immutable(causes, "type", new.get("type"), old.get("type"))
    validate_frozen(causes, new, old, ("data",))
    return causes


def _row(secret: Obj, now: datetime) -> list[Any]:
    count = len(secret.get("data") or ())
    return [secret["metadata"].get("name", ""), secret.get("type", ""), count, cells.age(secret, now)]


PRINTER = Printer(
    (NAME, Column("Type", description="Who is to read it."), Column("Data", description="The number of entries."),
     cells.AGE),
    _row,
)
SECRET = Kind(
    group="", version="v1", kind="Secret", plural="secrets", singular="secret",
    namespaced=True, definition="io.k8s.api.core.v1.Secret", printer=PRINTER,
    fields=fields.texts("type"),
    default=default_secret,
    validate=validate_secret, validate_update=validate_secret_update,
)  # fmt: skip
