"""TokenRequest, which is spoken by the subresource token of ServiceAccounts alone."""

from __future__ import annotations

from services.objects.kinds.validation.field import Causes, invalid
from services.objects.meta import Obj

DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS = 3600, 600, 1 << 32


def default_token_request(request: Obj) -> None:
    spec = request.setdefault("spec", {})
    if spec.get("expirationSeconds") is None:
        spec["expirationSeconds"] = DEFAULT_SECONDS


def validate_token_request(request: Obj) -> Causes:
    """Of a defaulted one."""
    causes: Causes = []
    path, seconds = "spec.expirationSeconds", request["spec"]["expirationSeconds"]
    if seconds < LEAST_SECONDS:
        causes.append(invalid(path, seconds, "may not specify a duration less than 10 minutes"))
    if seconds > MOST_SECONDS:
        causes.append(invalid(path, seconds, "may not specify a duration larger than 2^32 seconds"))
    return causes
