"""The rules of ConfigMaps, Secrets and ServiceAccounts."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping

from services.objects import names
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    forbidden,
    immutable,
    invalid,
    required,
    too_long,
)
from services.objects.kinds.validation.meta import validate_meta, validate_meta_update
from services.objects.meta import Obj

MAX_SIZE = 1024 * 1024
_FROZEN = "field is immutable when `immutable` is set"
_WHOLE = "[]"  # how Kubernetes spells the path of an object as a whole
_TOKEN_OWNER = "kubernetes.io/service-account.name"


def validate_configmap(configmap: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, configmap, names.is_dns1123_subdomain)
    data, binary = configmap.get("data") or {}, configmap.get("binaryData") or {}
    size = 0
    for key, value in data.items():
        add_invalid(causes, f"data[{key}]", key, names.is_config_key(key))
        if key in binary:
            causes.append(invalid(f"data[{key}]", key, "duplicate of key present in binaryData"))
        size += len(value.encode("utf-8", "replace"))
    for key, value in binary.items():
        add_invalid(causes, f"binaryData[{key}]", key, names.is_config_key(key))
        size += _decoded_size(value)
    if size > MAX_SIZE:
        causes.append(too_long(_WHOLE, MAX_SIZE))
    return causes


def validate_configmap_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    _validate_frozen(causes, new, old, ("data", "binaryData"))
    return causes


def _validate_frozen(causes: Causes, new: Obj, old: Obj, fields: tuple[str, ...]) -> None:
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        causes.append(forbidden("immutable", _FROZEN))
    for field in fields:
        if (new.get(field) or {}) != (old.get(field) or {}):
            causes.append(forbidden(field, _FROZEN))


def _decoded_size(text: str) -> int:
    return len(text) * 3 // 4 - text[-2:].count("=")


def validate_secret(secret: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, secret, names.is_dns1123_subdomain)
    data = secret.get("data") or {}
    size = 0
    for key, value in data.items():
        add_invalid(causes, f"data[{key}]", key, names.is_config_key(key))
        size += _decoded_size(value)
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
        try:
            json.loads(base64.b64decode(data[key]))
        except (ValueError, RecursionError) as error:
            causes.append(invalid(f"data[{key}]", "<secret contents redacted>", str(error)))

    return validate


def _basic_auth(causes: Causes, secret: Obj, data: Mapping[str, str]) -> None:
    if "username" not in data and "password" not in data:
        causes.append(required("data[username]"))
        causes.append(required("data[password]"))


def _having(*keys: str) -> Callable[[Causes, Obj, Mapping[str, str]], None]:
    def validate(causes: Causes, secret: Obj, data: Mapping[str, str]) -> None:
        causes.extend(required(f"data[{key}]") for key in keys if key not in data)

    return validate


_TYPES: dict[str, Callable[[Causes, Obj, Mapping[str, str]], None]] = {
    "kubernetes.io/service-account-token": _token,
    "kubernetes.io/dockercfg": _docker_config(".dockercfg"),
    "kubernetes.io/dockerconfigjson": _docker_config(".dockerconfigjson"),
    "kubernetes.io/basic-auth": _basic_auth,
    "kubernetes.io/ssh-auth": _having("ssh-privatekey"),
    "kubernetes.io/tls": _having("tls.crt", "tls.key"),
}


def validate_secret_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    validate_meta_update(causes, new, old)
    immutable(causes, "type", new.get("type"), old.get("type"))
    _validate_frozen(causes, new, old, ("data",))
    return causes


def validate_serviceaccount(account: Obj) -> Causes:
    causes: Causes = []
    validate_meta(causes, account, names.is_dns1123_subdomain)
    return causes
