"""The group rbac.authorization.k8s.io: who may do what."""

from __future__ import annotations

from services.objects.kinds.rbac.bindings import CLUSTERROLEBINDING, ROLEBINDING
from services.objects.kinds.rbac.roles import CLUSTERROLE, ROLE

KINDS = (ROLE, ROLEBINDING, CLUSTERROLE, CLUSTERROLEBINDING)

__all__ = ["CLUSTERROLE", "CLUSTERROLEBINDING", "ROLE", "ROLEBINDING"]
