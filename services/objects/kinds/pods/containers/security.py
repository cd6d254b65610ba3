"""The rules of security contexts, of pods and of containers."""

from __future__ import annotations

import re

from services.objects.kinds.pods.containers.windows import validate_windows_options
from services.objects.kinds.validation.field import (
    Causes,
    between,
    duplicate,
    forbidden,
    invalid,
    required,
    too_long,
    unsupported,
)
from services.objects.kinds.validation.texts.paths import validate_descending
from services.objects.meta import Obj

_ID_ERROR = between(0, 2**31 - 1)
_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
_CHANGE_POLICIES = ("Always", "OnRootMismatch")
_SELINUX_POLICIES = ("MountOption", "Recursive")
_GROUP_POLICIES = ("Merge", "Strict")
_PROC_MOUNTS = ("Default", "Unmasked")
_SYSCTL_SEGMENT = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_SYSCTL = rf"({_SYSCTL_SEGMENT}[\./])*{_SYSCTL_SEGMENT}"
_sysctl = re.compile(_SYSCTL).fullmatch
_LONGEST_SYSCTL, _LONGEST_PATH = 253, 4095
_OF_NETWORK, _OF_IPC = ("net.",), ("kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue.")


def validate_pod_security(causes: Causes, path: str, context: Obj, spec: Obj) -> None:
    for name in ("fsGroup", "runAsUser", "runAsGroup"):
        _validate_id(causes, f"{path}.{name}", context.get(name))
    for index, group in enumerate(context.get("supplementalGroups") or ()):
        _validate_id(causes, f"{path}.supplementalGroups[{index}]", group)
    if context.get("sysctls"):
        _validate_sysctls(causes, f"{path}.sysctls", context["sysctls"], spec)
    for name, supported in (("fsGroupChangePolicy", _CHANGE_POLICIES), ("supplementalGroupsPolicy", _GROUP_POLICIES),
                            ("seLinuxChangePolicy", _SELINUX_POLICIES)):  # fmt: skip
        policy = context.get(name)
        if policy is not None and policy not in supported:
            causes.append(unsupported(f"{path}.{name}", policy, supported))
    _validate_profiles(causes, path, context)


def validate_security(causes: Causes, path: str, context: Obj, host_users: bool) -> None:
    for name in ("runAsUser", "runAsGroup"):
        if name in context:
            _validate_id(causes, f"{path}.{name}", context[name])
    mount = context.get("procMount")
    if mount is not None:
        if mount not in _PROC_MOUNTS:
            causes.append(unsupported(f"{path}.procMount", mount, _PROC_MOUNTS))
        if host_users and mount == "Unmasked":
            causes.append(invalid(f"{path}.procMount", mount, "`hostUsers` must be false to use `Unmasked`"))
    if context.get("allowPrivilegeEscalation") is False:
        if context.get("privileged"):
            causes.append(invalid(path, context,
                                  "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"))
        if "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or ()):
            causes.append(invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and "
                                                 "`capabilities.Add` CAP_SYS_ADMIN"))  # fmt: skip
    _validate_profiles(causes, path, context)


def _validate_id(causes: Causes, path: str, number: int | None) -> None:
    """Of a user or a group."""
    if number is not None and not 0 <= number < 2**31:
        causes.append(invalid(path, number, _ID_ERROR))


def _validate_profiles(causes: Causes, path: str, context: Obj) -> None:
    if "seccompProfile" in context:
        _validate_seccomp(causes, f"{path}.seccompProfile", context["seccompProfile"])
    if "windowsOptions" in context:
        validate_windows_options(causes, f"{path}.windowsOptions", context["windowsOptions"])
    if "appArmorProfile" in context:
        _validate_apparmor(causes, f"{path}.appArmorProfile", context["appArmorProfile"])


def _validate_seccomp(causes: Causes, path: str, profile: Obj) -> None:
    kind, local = profile.get("type") or "", profile.get("localhostProfile")
    if not kind:
        causes.append(required(f"{path}.type", "type is required when seccompProfile is set"))
    elif kind not in _PROFILES:
        causes.append(unsupported(f"{path}.type", kind, _PROFILES))
    if kind == "Localhost":
        if local is None:
            causes.append(required(f"{path}.localhostProfile", "must be set when seccomp type is Localhost"))
        else:
            validate_descending(causes, f"{path}.localhostProfile", local)
    elif local is not None:
        shown = {"Type": kind, "LocalhostProfile": local}
        causes.append(invalid(f"{path}.localhostProfile", shown, "can only be set when seccomp type is Localhost"))


def _validate_apparmor(causes: Causes, path: str, profile: Obj) -> None:
    kind, local = profile.get("type") or "", profile.get("localhostProfile")
    where = f"{path}.localhostProfile"
    if kind == "Localhost":
        if not local:
            causes.append(required(where, "must be set when AppArmor type is Localhost"))
        elif local.strip() != local:
            causes.append(invalid(where, local, "must not be padded with whitespace"))
        if local and len(local.encode("utf-8", "replace")) > _LONGEST_PATH:
            causes.append(too_long(where, _LONGEST_PATH))
    elif not kind:
        causes.append(required(f"{path}.type", "type is required when appArmorProfile is set"))
    elif kind not in _PROFILES:
        causes.append(unsupported(f"{path}.type", kind, _PROFILES))
    elif local is not None:
        causes.append(invalid(where, local, "can only be set when AppArmor type is Localhost"))


def _validate_sysctls(causes: Causes, path: str, sysctls: list[Obj], spec: Obj) -> None:
    seen: set[str] = set()
    for index, sysctl in enumerate(sysctls):
        name, where = sysctl.get("name") or "", f"{path}[{index}].name"
        if not name:
            causes.append(required(where))
        elif len(name) > _LONGEST_SYSCTL or not _sysctl(name):
            causes.append(invalid(where, name,
                                  f"must have at most {_LONGEST_SYSCTL} characters and match regex ^{_SYSCTL}$"))
        elif name in seen:
            causes.append(duplicate(where, name))
        seen.add(name)
        dotted = name.replace("/", ".") if "/" in name.partition(".")[0] else name
        if spec.get("hostNetwork") and dotted.startswith(_OF_NETWORK):
            causes.append(invalid(where, name, "may not be specified when 'hostNetwork' is true"))
        if spec.get("hostIPC") and dotted.startswith(_OF_IPC):
            causes.append(invalid(where, name, "may not be specified when 'hostIPC' is true"))


def validate_host_namespaces(causes: Causes, path: str, spec: Obj) -> None:
    """A user namespace goes with no other namespace of the host."""
    if spec.get("hostPID") and spec.get("shareProcessNamespace"):
        causes.append(invalid(f"{path}.securityContext.shareProcessNamespace", True,
                              "ShareProcessNamespace and HostPID cannot both be enabled"))  # fmt: skip
    if spec.get("hostUsers") is False:
        for field, shown in (("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")):
            if spec.get(field):
                causes.append(forbidden(f"{path}.{shown}", "when `hostUsers` is false"))
