"""The rules of the annotations that once were a pod's fields, or still stand for some."""

from __future__ import annotations

import re
from collections.abc import Mapping

from services.objects.kinds.pods.containers.windows import containers_with_paths
from services.objects.kinds.validation.field import Causes, forbidden, invalid
from services.objects.kinds.validation.texts.paths import validate_descending
from services.objects.meta import Obj

MIRROR = "kubernetes.io/config.mirror"
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_FIELDS = (_SECCOMP_POD, _SECCOMP_CONTAINER, _APPARMOR)
_SECCOMP_DEFAULTS = ("runtime/default", "docker/default")
_LOCALHOST = "localhost/"
_cost = re.compile("[-+]?[0-9]{1,12}").fullmatch


def validate_pod_annotations(causes: Causes, path: str, annotations: Mapping[str, str], spec: Obj) -> None:
    """`path` is that of the annotations."""
    if MIRROR in annotations and not spec.get("nodeName"):
        causes.append(invalid(f"{path}[{MIRROR}]", annotations[MIRROR],
                              "must set spec.nodeName if mirror pod annotation is set"))  # fmt: skip
    if DELETION_COST in annotations and not _is_cost(annotations[DELETION_COST]):
        causes.append(invalid(f"{path}[{DELETION_COST}]", annotations[DELETION_COST], "must be a 32bit integer"))
    for key, value in annotations.items():
        if not key.startswith(_FIELDS):
            continue
        if key == _SECCOMP_POD or key.startswith(_SECCOMP_CONTAINER):
            _validate_seccomp(causes, f"{path}.{key}", value)
        elif key.startswith(_APPARMOR):
            _validate_apparmor(causes, f"{path}[{key}]", key.removeprefix(_APPARMOR), value, spec)


def _is_cost(text: str) -> bool:
    """A 32-bit integer, written without a plus or leading zeros."""
    if not _cost(text) or text[0] == "+" or (len(text) > 1 and text.lstrip("-")[0] == "0"):
        return False
    return -(2**31) <= int(text) < 2**31


def _validate_seccomp(causes: Causes, path: str, profile: str) -> None:
    if profile.startswith(_LOCALHOST):
        validate_descending(causes, path, profile.removeprefix(_LOCALHOST))
    elif profile not in (*_SECCOMP_DEFAULTS, "unconfined"):
        causes.append(invalid(path, profile, "must be a valid seccomp profile"))


def _validate_apparmor(causes: Causes, path: str, container: str, profile: str, spec: Obj) -> None:
    if all(each.get("name") != container for each, _ in containers_with_paths(spec, "")):
        causes.append(invalid(path, container, "container not found"))
    if profile not in ("", "runtime/default", "unconfined") and not profile.startswith(_LOCALHOST):
        causes.append(invalid(path, profile, f'invalid AppArmor profile name: "{profile}"'))


def validate_annotations_match(causes: Causes, path: str, annotations: Mapping[str, str], spec: Obj) -> None:
    """Where field and annotation say the same thing, they must say the same. `path` is that of the spec."""
    if not any(key.startswith(_FIELDS) for key in annotations):
        return
    of_pod = spec.get("securityContext") or {}
    windows = (spec.get("os") or {}).get("name") == "windows"
    if _SECCOMP_POD in annotations and of_pod.get("seccompProfile"):
        _match(causes, f"{path}.securityContext.seccompProfile", "seccomp", annotations[_SECCOMP_POD],
               of_pod["seccompProfile"], _SECCOMP_DEFAULTS)  # fmt: skip
    for container, where in containers_with_paths(spec, path):
        context = container.get("securityContext") or {}
        name = container.get("name") or ""
        seccomp = annotations.get(_SECCOMP_CONTAINER + name)
        if seccomp is not None and context.get("seccompProfile"):
            _match(causes, f"{where}.securityContext.seccompProfile", "seccomp", seccomp, context["seccompProfile"],
                   _SECCOMP_DEFAULTS)  # fmt: skip
        apparmor = annotations.get(_APPARMOR + name)
        profile = context.get("appArmorProfile") or of_pod.get("appArmorProfile")
        if apparmor is not None and profile and not windows:
            _match(causes, f"{where}.securityContext.appArmorProfile", "apparmor", apparmor, profile,
                   ("runtime/default",))  # fmt: skip


def _match(
    causes: Causes, path: str, word: str, annotation: str, profile: Obj, defaults: tuple[str, ...]
) -> None:
    kind, local = profile.get("type"), profile.get("localhostProfile")
    same = {"Unconfined": annotation == "unconfined", "RuntimeDefault": annotation in defaults,
            "Localhost": annotation.startswith(_LOCALHOST)}  # fmt: skip
    if not same.get(kind or "", True):
        causes.append(forbidden(f"{path}.type", f"{word} type in annotation and field must match"))
    elif kind == "Localhost" and annotation.removeprefix(_LOCALHOST) != local:
        causes.append(forbidden(f"{path}.localhostProfile", f"{word} profile in annotation and field must match"))


def validate_annotation_changes(causes: Causes, path: str, new: Mapping[str, str], old: Mapping[str, str]) -> None:
    """Of annotations that are fixed when the pod is made."""
    for key in old:
        if new.get(key) != old[key]:
            if key.startswith(_APPARMOR):
                causes.append(forbidden(f"{path}[{key}]", "may not remove or update AppArmor annotations"))
            if key == MIRROR:
                causes.append(forbidden(f"{path}[{key}]", "may not remove or update mirror pod annotation"))
    for key in new:
        if key not in old:
            if key.startswith(_APPARMOR):
                causes.append(forbidden(f"{path}[{key}]", "may not add AppArmor annotations"))
            if key == MIRROR:
                causes.append(forbidden(f"{path}[{key}]", "may not add mirror pod annotation"))
