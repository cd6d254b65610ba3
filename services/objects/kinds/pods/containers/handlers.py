"""The rules of probes and lifecycle hooks: something to do, when, and how often."""

from __future__ import annotations

import re
from typing import Any

from services.objects import names
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    forbidden,
    invalid,
    not_negative,
    one_of,
    required,
)
from services.objects.meta import Obj

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_PERIODS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_SCHEMES = ("HTTP", "HTTPS")
_header_name = re.compile("[-A-Za-z0-9]+").fullmatch
_HEADER_ERROR = ("a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used "
                 "for validation is '[-A-Za-z0-9]+')")  # fmt: skip


def validate_probes(causes: Causes, path: str, container: Obj, grace_period: int | None) -> None:
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe = container.get(name)
        if probe is None:
            continue
        where = f"{path}.{name}"
        _validate_handler(causes, where, probe, ("exec", "httpGet", "tcpSocket", "grpc"), grace_period)
        for period in _PERIODS:
            not_negative(causes, f"{where}.{period}", probe.get(period))
        grace = probe.get("terminationGracePeriodSeconds")
        if name == "readinessProbe":
            if grace is not None:
                causes.append(invalid(f"{where}.terminationGracePeriodSeconds", grace,
                                      "must not be set for readinessProbes"))  # fmt: skip
        else:
            if grace is not None and grace <= 0:
                causes.append(invalid(f"{where}.terminationGracePeriodSeconds", grace, "must be greater than 0"))
            if probe.get("successThreshold", 1) != 1:
                causes.append(invalid(f"{where}.successThreshold", probe["successThreshold"], "must be 1"))


def validate_lifecycle(causes: Causes, path: str, lifecycle: Obj, grace_period: int | None) -> None:
    for name in ("postStart", "preStop"):
        if name in lifecycle:
            allowed = ("exec", "httpGet", "tcpSocket", "sleep")
            _validate_handler(causes, f"{path}.{name}", lifecycle[name], allowed, grace_period)


def _validate_handler(
    causes: Causes, path: str, handler: Obj, allowed: tuple[str, ...], grace_period: int | None
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
    one_of(causes, f"{path}.scheme", action.get("scheme"), _SCHEMES)
    for header in action.get("httpHeaders") or ():
        name = header.get("name") or ""
        if not _header_name(name):
            causes.append(invalid(f"{path}.httpHeaders", name, _HEADER_ERROR))


def _validate_sleep(causes: Causes, path: str, action: Obj, grace_period: int | None) -> None:
    seconds = action.get("seconds", 0)
    if seconds < 0 or (grace_period is not None and seconds > grace_period):
        causes.append(invalid(path, seconds, f"must be non-negative and less than terminationGracePeriodSeconds "
                                             f"({grace_period or 0})"))  # fmt: skip


def validate_port(causes: Causes, path: str, port: Any) -> None:
    """A port by number or by name."""
    errors = names.is_port_name(port) if isinstance(port, str) else names.is_port_number(port)
    add_invalid(causes, path, port, errors)
