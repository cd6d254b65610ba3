"""The group authorization.k8s.io: what somebody may do. Nothing of it is kept; the apiserver answers at once."""

from __future__ import annotations

from services.objects.kinds.authorization.reviews import (
    LOCALSUBJECTACCESSREVIEW,
    SELFSUBJECTACCESSREVIEW,
    SELFSUBJECTRULESREVIEW,
    SUBJECTACCESSREVIEW,
)

KINDS = (SUBJECTACCESSREVIEW, SELFSUBJECTACCESSREVIEW, LOCALSUBJECTACCESSREVIEW, SELFSUBJECTRULESREVIEW)

__all__ = ["LOCALSUBJECTACCESSREVIEW", "SELFSUBJECTACCESSREVIEW", "SELFSUBJECTRULESREVIEW", "SUBJECTACCESSREVIEW"]
