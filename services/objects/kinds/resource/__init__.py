"""The kinds of the group resource.k8s.io: devices, and claims of them."""

from __future__ import annotations

from services.objects.kinds.resource.deviceclass import DEVICECLASS
from services.objects.kinds.resource.resourceclaim import RESOURCECLAIM
from services.objects.kinds.resource.resourceclaimtemplate import RESOURCECLAIMTEMPLATE
from services.objects.kinds.resource.resourceslice import RESOURCESLICE

KINDS = (DEVICECLASS, RESOURCECLAIM, RESOURCECLAIMTEMPLATE, RESOURCESLICE)

__all__ = ["DEVICECLASS", "RESOURCECLAIM", "RESOURCECLAIMTEMPLATE", "RESOURCESLICE"]
