"""The kinds of the group networking.k8s.io: what leads where, and who may talk to whom."""

from __future__ import annotations

from services.objects.kinds.networking.ingress import INGRESS
from services.objects.kinds.networking.ingressclass import INGRESSCLASS
from services.objects.kinds.networking.ipaddress import IPADDRESS
from services.objects.kinds.networking.networkpolicy import NETWORKPOLICY
from services.objects.kinds.networking.servicecidr import SERVICECIDR

KINDS = (INGRESS, INGRESSCLASS, NETWORKPOLICY, IPADDRESS, SERVICECIDR)

__all__ = ["INGRESS", "INGRESSCLASS", "IPADDRESS", "NETWORKPOLICY", "SERVICECIDR"]
