"""The kinds of the group resource.k8s.io: devices, and claims of them."""

from __future__ import annotations

from services.objects.kinds.resource.claims.resourceclaim import RESOURCECLAIM
from services.objects.kinds.resource.claims.resourceclaimtemplate import RESOURCECLAIMTEMPLATE
from services.objects.kinds.resource.deviceclass import DEVICECLASS
from services.objects.kinds.resource.slices.resourceslice import RESOURCESLICE

KINDS = (DEVICECLASS, RESOURCECLAIM, RESOURCECLAIMTEMPLATE, RESOURCESLICE)

__all__ = ["DEVICECLASS", "RESOURCECLAIM", "RESOURCECLAIMTEMPLATE", "RESOURCESLICE"]
