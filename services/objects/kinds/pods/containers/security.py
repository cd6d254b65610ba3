"""The rules of security contexts, of pods and of containers."""

from __future__ import annotations

from services.objects.kinds.validation.field import Causes, between, forbidden, invalid, required, unsupported
from services.objects.meta import Obj

_USER_ERROR = between(0, 2**31 - 1)
_IDS = ("runAsUser", "runAsGroup", "fsGroup")
_SECCOMP = ("Localhost", "RuntimeDefault", "Unconfined")
_CHANGE_POLICIES = ("Always", "OnRootMismatch")
_PROC_MOUNTS = ("Default", "Unmasked")


def validate_pod_security(causes: Causes, path: str, context: Obj) -> None:
    _validate_ids(causes, path, context)
    for index, group in enumerate(context.get("supplementalGroups") or ()):
        if not 0 <= group < 2**31:
            causes.append(invalid(f"{path}.supplementalGroups[{index}]", group, _USER_ERROR))
    policy = context.get("fsGroupChangePolicy")
    if policy is not None and policy not in _CHANGE_POLICIES:
        causes.append(unsupported(f"{path}.fsGroupChangePolicy", policy, _CHANGE_POLICIES))
    for index, sysctl in enumerate(context.get("sysctls") or ()):
        if not sysctl.get("name"):
            causes.append(required(f"{path}.sysctls[{index}].name"))


def validate_security(causes: Causes, path: str, context: Obj) -> None:
    _validate_ids(causes, path, context)
    if context.get("procMount") is not None and context["procMount"] not in _PROC_MOUNTS:
        causes.append(unsupported(f"{path}.procMount", context["procMount"], _PROC_MOUNTS))
    if context.get("allowPrivilegeEscalation") is False:
        if context.get("privileged"):
            causes.append(invalid(path, context,
                                  "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"))
        if "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or ()):
            causes.append(invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and "
                                                 "`capabilities.Add` CAP_SYS_ADMIN"))  # fmt: skip


def _validate_ids(causes: Causes, path: str, context: Obj) -> None:
    for name in _IDS:
        number = context.get(name)
        if number is not None and not 0 <= number < 2**31:
            causes.append(invalid(f"{path}.{name}", number, _USER_ERROR))
    profile = context.get("seccompProfile")
    if profile is None:
        return
    kind, local = profile.get("type") or "", profile.get("localhostProfile")
    if kind == "Localhost":
        if not local:
            causes.append(required(f"{path}.seccompProfile.localhostProfile",
                                   "must be set when seccomp type is Localhost"))  # fmt: skip
        return
    if local is not None:
        causes.append(invalid(f"{path}.seccompProfile.localhostProfile", profile,
                              "can only be set when seccomp type is Localhost"))  # fmt: skip
    if not kind:
        causes.append(required(f"{path}.seccompProfile.type", "type is required when seccompProfile is set"))
    elif kind not in _SECCOMP:
        causes.append(unsupported(f"{path}.seccompProfile.type", kind, _SECCOMP))


def validate_host_namespaces(causes: Causes, path: str, spec: Obj) -> None:
    if spec.get("hostPID") and spec.get("shareProcessNamespace"):
        causes.append(invalid(f"{path}.shareProcessNamespace", True,
                              "ShareProcessNamespace and HostPID cannot both be enabled"))  # fmt: skip
    if spec.get("hostUsers") is False:
        for name in ("hostPID", "hostIPC"):
            if spec.get(name):
                causes.append(forbidden(f"{path}.{name}", "when `hostUsers` is false"))
