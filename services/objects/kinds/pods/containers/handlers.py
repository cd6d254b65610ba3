"""The rules of probes and lifecycle hooks: something to do, when, and how often."""

from __future__ import annotations

import re

from services.objects import names
from services.objects.kinds.pods.surroundings import Surroundings
from services.objects.kinds.validation.endpoint import validate_port
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    forbidden,
    invalid,
    not_negative,
    required,
    unsupported,
)
from services.objects.meta import Obj

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_OF_PROBES = frozenset({"exec", "httpGet", "tcpSocket", "grpc"})
_OF_HOOKS = frozenset({"exec", "httpGet", "tcpSocket", "sleep"})
_PERIODS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_SCHEMES = ("HTTP", "HTTPS")
_header_name = re.compile("[-A-Za-z0-9]+").fullmatch
_HEADER_ERROR = ("a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used "
                 "for validation is '[-A-Za-z0-9]+')")  # fmt: skip
_LINUX_SIGNALS = (
    "SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT", "SIGIO",
    "SIGIOT", "SIGKILL", "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT", "SIGRTMAX",
    *(f"SIGRTMAX-{n}" for n in (1, 10, 11, 12, 13, 14, 2, 3, 4, 5, 6, 7, 8, 9)), "SIGRTMIN",
    *(f"SIGRTMIN+{n}" for n in (1, 10, 11, 12, 13, 14, 15, 2, 3, 4, 5, 6, 7, 8, 9)),
    "SIGSEGV", "SIGSTKFLT", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ",
)  # fmt: skip
_WINDOWS_SIGNALS = ("SIGKILL", "SIGTERM")


def validate_probes(causes: Causes, path: str, container: Obj) -> None:
    if "livenessProbe" in container:
        _validate_probe(causes, f"{path}.livenessProbe", container["livenessProbe"])
    if "readinessProbe" in container:
        where, probe = f"{path}.readinessProbe", container["readinessProbe"]
        _validate_common(causes, where, probe)
        if probe.get("terminationGracePeriodSeconds") is not None:
            causes.append(invalid(f"{where}.terminationGracePeriodSeconds", probe["terminationGracePeriodSeconds"],
                                  "must not be set for readinessProbes"))  # fmt: skip
    if "startupProbe" in container:
        _validate_probe(causes, f"{path}.startupProbe", container["startupProbe"])


def _validate_probe(causes: Causes, path: str, probe: Obj) -> None:
    """Of those whose failure ends the container: one success is enough."""
    _validate_common(causes, path, probe)
    if probe.get("successThreshold", 1) != 1:
        causes.append(invalid(f"{path}.successThreshold", probe["successThreshold"], "must be 1"))


def _validate_common(causes: Causes, path: str, probe: Obj) -> None:
    _validate_handler(causes, path, probe, _OF_PROBES, None)
    for period in _PERIODS:
        if probe.get(period, 0) < 0:
            not_negative(causes, f"{path}.{period}", probe[period])
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None and grace <= 0:
        causes.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than 0"))


def validate_lifecycle(causes: Causes, path: str, lifecycle: Obj, pod: Surroundings) -> None:
    for name in ("postStart", "preStop"):
        if name in lifecycle:
            _validate_handler(causes, f"{path}.{name}", lifecycle[name], _OF_HOOKS, pod.grace_period)
    signal = lifecycle.get("stopSignal")
    if signal is None:
        return
    if not pod.os:
        causes.append(forbidden(f"{path}.stopSignal", "may not be set for containers with empty `spec.os.name`"))
        return
    supported = _WINDOWS_SIGNALS if pod.os == "windows" else _LINUX_SIGNALS
    if signal not in supported:
        causes.append(unsupported(f"{path}.stopSignal", signal, supported))


def _validate_handler(
    causes: Causes, path: str, handler: Obj, allowed: frozenset[str], grace_period: int | None
) -> None:
    given = [name for name in _HANDLERS if name in handler and name in allowed]
    if not given:
        causes.append(required(path, "must specify a handler type"))
        return
    for extra in given[1:]:
        causes.append(forbidden(f"{path}.{extra}", "may not specify more than 1 handler type"))
    name = given[0]
    action = handler[name]
    if name == "exec":
        if not action.get("command"):
            causes.append(required(f"{path}.exec.command"))
    elif name == "httpGet":
        _validate_http_get(causes, f"{path}.httpGet", action)
    elif name == "sleep":
        _validate_sleep(causes, f"{path}.sleep", action, grace_period)
    elif name == "tcpSocket":
        validate_port(causes, f"{path}.tcpSocket.port", action.get("port", 0))
    else:
        add_invalid(causes, f"{path}.grpc.port", action.get("port", 0), names.is_port_number(action.get("port", 0)))


def _validate_http_get(causes: Causes, path: str, action: Obj) -> None:
    if not action.get("path"):
        causes.append(required(f"{path}.path"))
    validate_port(causes, f"{path}.port", action.get("port", 0))
    if action.get("scheme") not in _SCHEMES:
        causes.append(unsupported(f"{path}.scheme", action.get("scheme") or "", _SCHEMES))
    for header in action.get("httpHeaders") or ():
        name = header.get("name") or ""
        if not _header_name(name):
            causes.append(invalid(f"{path}.httpHeaders", name, _HEADER_ERROR))


def _validate_sleep(causes: Causes, path: str, action: Obj, grace_period: int | None) -> None:
    seconds = action.get("seconds", 0)
    if grace_period is not None and not 0 <= seconds <= grace_period:
        causes.append(invalid(path, seconds,
                              f"must be non-negative and less than terminationGracePeriodSeconds ({grace_period})"))
