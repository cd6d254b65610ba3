"""Kubernetes' errors over gRPC: the nearest status code, and the Status itself in the trailing metadata."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NoReturn

import grpc
import orjson

from services.foundation import log
from services.objects import errors
from services.objects.errors import StatusError
from services.objects.meta import Obj
from services.storage.store import StoreUnavailable

logger = log.get(__name__)

STATUS_METADATA = "pinnace-status-bin"
# A caller that takes a long Status says how long in this metadata; the others' gRPC fails calls whose trailing metadata
# pass 8 kB (its default), so theirs is cut to fit. Sending it as a message was rejected: a unary answer has a type.
LIMIT_METADATA = "pinnace-status-limit"
LIMIT = 6_000  # bytes of the Status of a caller that says nothing
LONGEST = 1 << 20  # bytes of any
DETAILS = 300  # bytes of the message that stand in gRPC's own details

_CODES: dict[type[StatusError], grpc.StatusCode] = {
    errors.BadRequest: grpc.StatusCode.INVALID_ARGUMENT,
    errors.Unauthorized: grpc.StatusCode.UNAUTHENTICATED,
    errors.Forbidden: grpc.StatusCode.PERMISSION_DENIED,
    errors.NotFound: grpc.StatusCode.NOT_FOUND,
    errors.MethodNotAllowed: grpc.StatusCode.UNIMPLEMENTED,
    errors.NotAcceptable: grpc.StatusCode.INVALID_ARGUMENT,
    errors.AlreadyExists: grpc.StatusCode.ALREADY_EXISTS,
    errors.Conflict: grpc.StatusCode.ABORTED,
    errors.Expired: grpc.StatusCode.OUT_OF_RANGE,
    errors.RequestEntityTooLarge: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.UnsupportedMediaType: grpc.StatusCode.INVALID_ARGUMENT,
    errors.Invalid: grpc.StatusCode.INVALID_ARGUMENT,
    errors.TooManyRequests: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.ServiceUnavailable: grpc.StatusCode.UNAVAILABLE,
    errors.Timeout: grpc.StatusCode.DEADLINE_EXCEEDED,
}


def code_of(error: StatusError) -> grpc.StatusCode:
    return next((_CODES[cls] for cls in type(error).__mro__ if cls in _CODES), grpc.StatusCode.INTERNAL)


def status_error(error: Exception) -> StatusError:
    """What a user is told of an exception; what nobody foresaw is logged here with its traceback."""
    if isinstance(error, StatusError):
        return error
    if isinstance(error, StoreUnavailable):
        return errors.Timeout(str(error)) if error.maybe_written else errors.ServiceUnavailable(str(error))
    logger.error("a call failed", exc_info=error)
    return errors.InternalError(f"Internal error occurred: {type(error).__name__}")


def fitting(status: Obj, limit: int) -> Obj:
    """The Status in about `limit` bytes: what is left out is at the end of its message (a third) and of its causes."""
    if len(orjson.dumps(status)) <= limit:
        return status
    status = {**status, "message": _cut(status["message"], limit // 3)}
    causes = (status.get("details") or {}).get("causes") or []
    size = 0
    for place, cause in enumerate(causes):
        size += len(orjson.dumps(cause))
        if size > limit * 7 // 12:
            return {**status, "details": {**status["details"], "causes": causes[:place]}}
    return status


def _limit(context: grpc.aio.ServicerContext) -> int:
    """The bytes of a Status that the caller takes."""
    asked = dict(context.invocation_metadata() or ()).get(LIMIT_METADATA, "")
    return min(int(asked), LONGEST) if isinstance(asked, str) and asked.isascii() and asked.isdigit() else LIMIT


def _cut(text: str, size: int) -> str:
    encoded = text.encode()
    return text if len(encoded) <= size else encoded[:size].decode(errors="ignore") + "…"


async def refuse(context: grpc.aio.ServicerContext, error: Exception) -> NoReturn:
    refused = status_error(error)
    trailing = ((STATUS_METADATA, orjson.dumps(fitting(refused.status(), _limit(context)))),)
    await context.abort(code_of(refused), _cut(refused.message, DETAILS), trailing)
    raise AssertionError("abort raises")


def refusing(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A unary or bidirectional method (a coroutine) whose errors reach the caller as Status."""

    @functools.wraps(method)
    async def answered(self: Any, request: Any, context: grpc.aio.ServicerContext) -> Any:
        try:
            return await method(self, request, context)
        except (grpc.aio.AbortError, grpc.aio.UsageError):
            raise
        except Exception as error:  # noqa: BLE001  # the boundary of one call: logged in status_error
            await refuse(context, error)

    return answered


def refusing_stream(method: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    """The same for a method that yields its answers."""

    @functools.wraps(method)
    async def answered(self: Any, request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        try:
            async for answer in method(self, request, context):
                yield answer
        except (grpc.aio.AbortError, grpc.aio.UsageError):
            raise
        except Exception as error:  # noqa: BLE001  # the boundary of one call: logged in status_error
            await refuse(context, error)

    return answered
