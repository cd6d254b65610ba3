"""The kinds of the group flowcontrol.apiserver.k8s.io: whose requests wait when there are too many."""

from __future__ import annotations

from services.objects.kinds.flowcontrol.flowschema import FLOWSCHEMA
from services.objects.kinds.flowcontrol.prioritylevelconfiguration import PRIORITYLEVELCONFIGURATION

KINDS = (FLOWSCHEMA, PRIORITYLEVELCONFIGURATION)

__all__ = ["FLOWSCHEMA", "PRIORITYLEVELCONFIGURATION"]
