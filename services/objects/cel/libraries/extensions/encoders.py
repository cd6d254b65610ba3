"""base64, of cel-go's encoders; Kubernetes does not have it, so an environment must ask for it."""

from __future__ import annotations

import base64
import binascii

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.errors import EvaluationError


def _decode(text: str) -> bytes:
    """With or without padding."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise EvaluationError("illegal base64 data") from None


OVERLOADS = (
    Overload("base64_encode_bytes", "base64.encode(bytes) -> string", lambda value: base64.b64encode(value).decode()),
    Overload("base64_decode_string", "base64.decode(string) -> bytes", _decode),
)
