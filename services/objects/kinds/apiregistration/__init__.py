"""The kind of the group apiregistration.k8s.io: who serves which API."""

from __future__ import annotations

from services.objects.kinds.apiregistration.apiservice import APISERVICE

KINDS = (APISERVICE,)

__all__ = ["APISERVICE"]
