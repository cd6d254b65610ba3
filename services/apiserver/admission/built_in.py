"""The chain as every apiserver runs it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

from services.apiserver.admission import certificates
from services.apiserver.admission.chain import ANY, Chain
from services.apiserver.admission.devices import AdminAccess
from services.apiserver.admission.namespaces import NamespaceLifecycle
from services.apiserver.admission.nodes import node_restriction
from services.apiserver.admission.pods import ServiceAccount, default_tolerations
from services.apiserver.admission.priorities import Priorities
from services.apiserver.watching.cache import Cache
from services.objects.kinds import CERTIFICATESIGNINGREQUEST, PRIORITYCLASS, RESOURCECLAIM, RESOURCECLAIMTEMPLATE
from services.storage.store import Readable


def chain(cache: Cache, reader: Readable, now: Callable[[], datetime]) -> Chain:
    chain = Chain()
    lifecycle, priorities = NamespaceLifecycle(cache, reader), Priorities(cache, reader)
    chain.add(("create", "update", "delete"), ANY, node_restriction)
    chain.add(("create",), ANY, lifecycle.create)
    chain.add(("delete",), "namespaces", lifecycle.delete)
    chain.add(("create",), "pods", priorities.pod)
    chain.add(("create",), "pods", default_tolerations)
    # Names of volumes need not be unpredictable, only different; the kernel's generator costs a call each.
    chain.add(("create",), "pods", ServiceAccount(cache, reader, random.Random()))
    chain.add(("create", "update"), PRIORITYCLASS.resource, priorities.only_default)
    chain.add(("create",), CERTIFICATESIGNINGREQUEST.resource, certificates.requestor)
    chain.add(("create",), CERTIFICATESIGNINGREQUEST.resource, certificates.subject_restriction)
    chain.add(("update",), CERTIFICATESIGNINGREQUEST.resource, certificates.timestamps(now), subresources=True)
    for kind in (RESOURCECLAIM, RESOURCECLAIMTEMPLATE):
        chain.add(("create",), kind.resource, AdminAccess(reader).create)
    return chain
