"""The group certificates.k8s.io: certificates asked for, granted and signed."""

from __future__ import annotations

from services.objects.kinds.certificates.certificatesigningrequest import CERTIFICATESIGNINGREQUEST

KINDS = (CERTIFICATESIGNINGREQUEST,)

__all__ = ["CERTIFICATESIGNINGREQUEST"]
