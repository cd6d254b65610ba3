"""The rules of an operating system: what a pod for Windows, or for Linux, may not say.

No node of ours runs Windows; the rules stand so that a manifest is judged as it is elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid, forbidden, invalid, required, unsupported
from services.objects.meta import Obj

_SIDES = ("initContainers", "containers", "ephemeralContainers")
_SYSTEMS = ("linux", "windows")
_LARGEST_SPEC = 64 * 1024
_LONGEST_DOMAIN, _LONGEST_USER = 256, 104
_control = re.compile(r"[\x00-\x1f\x7f]").search
_netbios = re.compile(r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}').fullmatch
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_dns = re.compile(rf"{_LABEL}(?:\.{_LABEL})*").fullmatch
_bad_user = re.compile(r'["/\\:;|=,+*?<>@\[\]]').search
_blank_user = re.compile("[. ]+").fullmatch

_NOT_ON_WINDOWS = ("appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls",
                   "runAsUser", "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy",
                   "seLinuxChangePolicy")  # fmt: skip
_POD_NOT_ON_WINDOWS = ("hostUsers", "hostPID", "hostIPC", "shareProcessNamespace")
_CONTAINER_NOT_ON_WINDOWS = ("appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities",
                             "readOnlyRootFilesystem", "privileged", "allowPrivilegeEscalation", "procMount",
                             "runAsUser", "runAsGroup")  # fmt: skip


def containers_with_paths(spec: Obj, path: str) -> Iterator[tuple[Obj, str]]:
    """All containers of a pod, in the order in which they are judged."""
    for side in _SIDES:
        for index, container in enumerate(spec.get(side) or ()):
            yield container, f"{path}.{side}[{index}]"


def validate_os(causes: Causes, path: str, spec: Obj) -> None:
    name = spec["os"].get("name")
    if not name:
        causes.append(required(f"{path}.os.name", "cannot be empty"))
    elif name not in _SYSTEMS:
        causes.append(unsupported(f"{path}.os", name, _SYSTEMS))
    elif name == "linux":
        _validate_linux(causes, path, spec)
    else:
        _validate_windows(causes, path, spec)


def _validate_linux(causes: Causes, path: str, spec: Obj) -> None:
    error = "windows options cannot be set for a linux pod"
    if (spec.get("securityContext") or {}).get("windowsOptions") is not None:
        causes.append(forbidden(f"{path}.securityContext.windowsOptions", error))
    for container, where in containers_with_paths(spec, path):
        if (container.get("securityContext") or {}).get("windowsOptions") is not None:
            causes.append(forbidden(f"{where}.securityContext.windowsOptions", error))


def _validate_windows(causes: Causes, path: str, spec: Obj) -> None:
    _forbid(causes, f"{path}.securityContext", spec.get("securityContext") or {}, _NOT_ON_WINDOWS)
    for field in _POD_NOT_ON_WINDOWS:
        if spec.get(field) is not None and (field in ("hostUsers", "shareProcessNamespace") or spec[field]):
            causes.append(forbidden(f"{path}.{field}", "cannot be set for a windows pod"))
    for container, where in containers_with_paths(spec, path):
        _forbid(causes, f"{where}.securityContext", container.get("securityContext") or {}, _CONTAINER_NOT_ON_WINDOWS)


def _forbid(causes: Causes, path: str, context: Mapping[str, Any], fields: tuple[str, ...]) -> None:
    for field in fields:
        value = context.get(field)
        if value is not None and not (field == "sysctls" and not value):
            causes.append(forbidden(f"{path}.{field}", "cannot be set for a windows pod"))


def validate_host_processes(causes: Causes, path: str, spec: Obj) -> None:
    """Either all containers are processes of the host, with its network, or none."""
    if not _speaks_of_windows(spec):
        return
    of_pod = _host_process(spec)
    count = host_processes = 0
    for container, where in containers_with_paths(spec, path):
        count += 1
        own = _host_process(container)
        if own is not None and of_pod is not None and own != of_pod:
            causes.append(invalid(f"{where}.securityContext.windowsOptions.hostProcess", own,
                                  "pod hostProcess value must be identical if both are specified, was "
                                  f"{str(of_pod).lower()}"))  # fmt: skip
        host_processes += bool(of_pod if own is None else own)
    if not host_processes:
        return
    if host_processes != count:
        causes.append(invalid(path, "", "If pod contains any hostProcess containers then all containers must be "
                                        "HostProcess containers"))  # fmt: skip
    if not spec.get("hostNetwork"):
        causes.append(invalid(f"{path}.hostNetwork", False,
                              "hostNetwork must be true if pod contains any hostProcess containers"))  # fmt: skip


def _speaks_of_windows(spec: Obj) -> bool:
    if "windowsOptions" in (spec.get("securityContext") or ()):
        return True
    for side in _SIDES:
        for container in spec.get(side) or ():
            if "windowsOptions" in (container.get("securityContext") or ()):
                return True
    return False


def _host_process(owner: Obj) -> bool | None:
    value: bool | None = ((owner.get("securityContext") or {}).get("windowsOptions") or {}).get("hostProcess")
    return value


def validate_windows_options(causes: Causes, path: str, options: Obj) -> None:
    name, spec, user = (options.get(each) for each in ("gmsaCredentialSpecName", "gmsaCredentialSpec", "runAsUserName"))
    if name is not None:
        add_invalid(causes, f"{path}.gmsaCredentialSpecName", name, names.is_dns1123_subdomain(name))
    if spec is not None:
        if not spec:
            causes.append(invalid(f"{path}.gmsaCredentialSpec", spec, "gmsaCredentialSpec cannot be an empty string"))
        elif len(spec.encode("utf-8", "replace")) > _LARGEST_SPEC:
            causes.append(invalid(f"{path}.gmsaCredentialSpec", spec, "gmsaCredentialSpec size must be under 64 KiB"))
    if user is not None:
        add_invalid(causes, f"{path}.runAsUserName", user, _user_errors(user))


def _user_errors(text: str) -> list[str]:
    """Of DOMAIN\\USER, the domain being optional."""
    if not text:
        return ["runAsUserName cannot be an empty string"]
    if _control(text):
        return ["runAsUserName cannot contain control characters"]
    if text.count("\\") > 1:
        return ["runAsUserName cannot contain more than one backslash"]
    domain, backslash, user = text.rpartition("\\")
    errors = []
    if len(domain) >= _LONGEST_DOMAIN:
        errors.append(f"runAsUserName's Domain length must be under {_LONGEST_DOMAIN} characters")
    if backslash and not _netbios(domain[:_LONGEST_DOMAIN]) and not _dns(domain[:_LONGEST_DOMAIN]):
        errors.append("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
    if not user:
        errors.append("runAsUserName's User cannot be empty")
    elif len(user) > _LONGEST_USER:
        errors.append(f"runAsUserName's User length must not be longer than {_LONGEST_USER} characters")
    if _blank_user(user):
        errors.append("runAsUserName's User cannot contain only periods or spaces")
    if _bad_user(user):
        errors.append('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]')
    return errors
