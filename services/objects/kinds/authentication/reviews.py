"""TokenReviews (whose token is this?) and SelfSubjectReviews (who am I?)."""

from __future__ import annotations

from services.objects.kinds.kind import Kind
from services.objects.printing.generic import NAME_AND_AGE

_GROUP, _DEFINITIONS = "authentication.k8s.io", "io.k8s.api.authentication.v1"

TOKENREVIEW = Kind(
    group=_GROUP, version="v1", kind="TokenReview", plural="tokenreviews", singular="tokenreview", namespaced=False,
    definition=f"{_DEFINITIONS}.TokenReview", printer=NAME_AND_AGE, verbs=("create",), stored=False,
)  # fmt: skip
SELFSUBJECTREVIEW = Kind(
    group=_GROUP, version="v1", kind="SelfSubjectReview", plural="selfsubjectreviews", singular="selfsubjectreview",
    namespaced=False, definition=f"{_DEFINITIONS}.SelfSubjectReview", printer=NAME_AND_AGE, verbs=("create",),
    stored=False,
)  # fmt: skip
