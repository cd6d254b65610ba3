"""Errors as the API knows them: every one is a Kubernetes Status, typed by what the caller does next.

One class per Status reason (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/), so that a
handler raises `NotFound` and a controller catches `Conflict`; a single class with a reason string was rejected because
`except` then cannot say what it means.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from services.objects.meta import Obj


class Cause(NamedTuple):
    """One invalid field: `reason` is FieldValueRequired, FieldValueInvalid, ...; `field` a path like spec.ports[0]."""

    reason: str
    message: str
    field: str


class StatusError(Exception):
    """A refusal that reaches the user as a Status object. `retry_after` is in seconds."""

    code: ClassVar[int] = 500
    reason: ClassVar[str] = "InternalError"

    def __init__(self, message: str, *, details: Obj | None = None, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or {}
        self.retry_after = retry_after

    def status(self) -> Obj:
        """The Status object, apiVersion v1."""
        details = dict(self.details)
        if self.retry_after is not None:
            details["retryAfterSeconds"] = self.retry_after
        status: Obj = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                       "message": self.message, "reason": self.reason}  # fmt: skip
        if details:
            status["details"] = details
        status["code"] = self.code
        return status


def _about(group: str, resource: str, name: str) -> Obj:
    return {key: value for key, value in (("name", name), ("group", group), ("kind", resource)) if value}


def _qualified(group: str, resource: str) -> str:
    return f"{resource}.{group}" if group else resource


class BadRequest(StatusError):
    code, reason = 400, "BadRequest"


class Unauthorized(StatusError):
    code, reason = 401, "Unauthorized"

    def __init__(self, message: str = "Unauthorized") -> None:
        super().__init__(message)


class Forbidden(StatusError):
    code, reason = 403, "Forbidden"

    @classmethod
    def object(cls, group: str, resource: str, name: str, why: str) -> Forbidden:
        return cls(f'{_qualified(group, resource)} "{name}" is forbidden: {why}', details=_about(group, resource, name))


class NotFound(StatusError):
    code, reason = 404, "NotFound"

    def status(self) -> Obj:
        """With details even where nothing is named: kubectl reads their name without asking whether there are any."""
        return {"details": {}} | super().status()

    @classmethod
    def object(cls, group: str, resource: str, name: str) -> NotFound:
        return cls(f'{_qualified(group, resource)} "{name}" not found', details=_about(group, resource, name))

    @classmethod
    def path(cls) -> NotFound:
        return cls("the server could not find the requested resource")


class MethodNotAllowed(StatusError):
    code, reason = 405, "MethodNotAllowed"

    def __init__(self, message: str = "the server does not allow this method on the requested resource") -> None:
        super().__init__(message)


class NotAcceptable(StatusError):
    code, reason = 406, "NotAcceptable"


class AlreadyExists(StatusError):
    code, reason = 409, "AlreadyExists"

    @classmethod
    def object(cls, group: str, resource: str, name: str) -> AlreadyExists:
        return cls(f'{_qualified(group, resource)} "{name}" already exists', details=_about(group, resource, name))


class Conflict(StatusError):
    """The object changed since it was read: read again and retry."""

    code, reason = 409, "Conflict"

    @classmethod
    def object(cls, group: str, resource: str, name: str, why: str = "") -> Conflict:
        why = why or ("the object has been modified; please apply your changes to the latest version and try again")
        return cls(f'Operation cannot be fulfilled on {_qualified(group, resource)} "{name}": {why}',
                   details=_about(group, resource, name))  # fmt: skip


class FencedOff(Conflict):
    """The writer is no longer the leader: stop at once, do not retry."""

    reason = "FencedOff"


class Expired(StatusError):
    """The revision asked for has been compacted: list again."""

    code, reason = 410, "Expired"


class RequestEntityTooLarge(StatusError):
    code, reason = 413, "RequestEntityTooLarge"


class UnsupportedMediaType(StatusError):
    code, reason = 415, "UnsupportedMediaType"


class Invalid(StatusError):
    """The object breaks rules; `causes` say which fields and why."""

    code, reason = 422, "Invalid"

    def __init__(self, group: str, kind: str, name: str, causes: Sequence[Cause]) -> None:
        shown = list(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in causes))
        joined = shown[0] if len(shown) == 1 else "[" + ", ".join(shown) + "]"
        details: dict[str, Any] = _about(group, kind, name)
        details["causes"] = [cause._asdict() for cause in causes]
        super().__init__(f'{_qualified(group, kind)} "{name}" is invalid: {joined}', details=details)
        self.causes = tuple(causes)


class TooManyRequests(StatusError):
    code, reason = 429, "TooManyRequests"


class InternalError(StatusError):
    code, reason = 500, "InternalError"


class UnknownError(StatusError):
    """What Kubernetes has no reason for, only a message."""

    code, reason = 500, ""


class ServiceUnavailable(StatusError):
    """Something the apiserver needs is away (etcd, a node): retry later."""

    code, reason = 503, "ServiceUnavailable"


class Timeout(StatusError):
    """The deadline passed; a write may or may not have happened."""

    code, reason = 504, "Timeout"


REASONS: dict[str, type[StatusError]] = {
    cls.reason: cls
    for cls in (BadRequest, Unauthorized, Forbidden, NotFound, MethodNotAllowed, NotAcceptable, AlreadyExists, Conflict,
                FencedOff, Expired, RequestEntityTooLarge, UnsupportedMediaType, TooManyRequests, InternalError,
                UnknownError, ServiceUnavailable, Timeout)
}  # fmt: skip


def is_namespace_terminating(error: StatusError) -> bool:
    """Whether it was refused because its namespace is being deleted: trying again is of no use."""
    return any(cause.get("reason") == "NamespaceTerminating" for cause in error.details.get("causes") or ())


def from_status(status: Obj) -> StatusError:
    """The exception that a received Status stands for; the inverse of `StatusError.status`."""
    reason, message, details = status.get("reason", ""), status.get("message", ""), status.get("details") or {}
    if reason == "Invalid":
        error: StatusError = Invalid.__new__(Invalid)
        StatusError.__init__(error, message, details=details)
        error.causes = tuple(  # type: ignore[attr-defined]
            Cause(cause.get("reason", ""), cause.get("message", ""), cause.get("field", ""))
            for cause in details.get("causes", ())
        )
        return error
    cls = REASONS.get(reason, InternalError)
    error = cls.__new__(cls)
    StatusError.__init__(error, message, details=details, retry_after=details.get("retryAfterSeconds"))
    return error
