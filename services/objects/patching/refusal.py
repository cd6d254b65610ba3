"""What is answered to a patch that is well-formed and cannot be applied."""

from __future__ import annotations

from services.objects.errors import StatusError, from_status

_MESSAGE = "the server rejected our request due to an error in our request"


def unprocessable() -> StatusError:
    """422 in Kubernetes' words, which do not say why."""
    return from_status({"reason": "Invalid", "message": _MESSAGE})
