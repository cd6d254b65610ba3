"""Every namespace has the ServiceAccount `default`: pods that name none run as it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.controller_manager.plans import NOTHING, Create, Plan
from services.objects.kinds import SERVICEACCOUNT
from services.objects.meta import Obj, is_deleting, name_of

NAME = "default"


@dataclass(frozen=True, slots=True)
class Observed:
    namespace: Obj
    account: Obj | None


def decide(observed: Observed, now: datetime) -> Plan:
    if is_deleting(observed.namespace) or observed.account is not None:
        return NOTHING
    metadata = {"name": NAME, "namespace": name_of(observed.namespace)}
    return Plan([Create(SERVICEACCOUNT, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})])
