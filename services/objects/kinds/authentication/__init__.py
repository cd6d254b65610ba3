"""The group authentication.k8s.io: who somebody is. Nothing of it is kept; the apiserver answers at once."""

from __future__ import annotations

from services.objects.kinds.authentication.reviews import SELFSUBJECTREVIEW, TOKENREVIEW

KINDS = (TOKENREVIEW, SELFSUBJECTREVIEW)

__all__ = ["SELFSUBJECTREVIEW", "TOKENREVIEW"]
