"""The chain as every apiserver runs it."""

from __future__ import annotations

import random

from services.apiserver.admission.chain import ANY, Chain
from services.apiserver.admission.namespaces import NamespaceLifecycle
from services.apiserver.admission.nodes import node_restriction
from services.apiserver.admission.pods import ServiceAccount, default_tolerations, priority
from services.apiserver.watching.cache import Cache
from services.storage.store import Readable


def chain(cache: Cache, reader: Readable) -> Chain:
    chain = Chain()
    lifecycle = NamespaceLifecycle(cache, reader)
    chain.add(("create", "update", "delete"), ANY, node_restriction)
    chain.add(("create",), ANY, lifecycle.create)
    chain.add(("delete",), "namespaces", lifecycle.delete)
    chain.add(("create",), "pods", priority)
    chain.add(("create",), "pods", default_tolerations)
    # Names of volumes need not be unpredictable, only different; the kernel's generator costs a call each.
    chain.add(("create",), "pods", ServiceAccount(cache, reader, random.Random()))
    return chain
