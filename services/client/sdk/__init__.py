"""The Python SDK: Kubernetes objects over gRPC, for users and for Pinnace's own processes.

    async with Client("127.0.0.1:6444", identity=identity) as c:
        await c.pods("default").create({...})
        async for event in c.pods().watch():
            ...

Objects are plain dicts, errors are the classes of `services.objects.errors`. It speaks only to an apiserver and imports
nothing of the store.
"""

from services.client.sdk.client import Client
from services.client.sdk.collection import ObjectList, ResourceClient, WatchEvent
from services.client.sdk.connection import Credentials
from services.client.sdk.messages import (
    Batcher,
    Binding,
    Collection,
    CreateOp,
    DeleteOp,
    Fence,
    Operation,
    Outcome,
    PatchOp,
    ResourceType,
    UpdateOp,
    Victim,
)

__all__ = [
    "Batcher",
    "Binding",
    "Client",
    "Collection",
    "CreateOp",
    "Credentials",
    "DeleteOp",
    "Fence",
    "ObjectList",
    "Operation",
    "Outcome",
    "PatchOp",
    "ResourceClient",
    "ResourceType",
    "UpdateOp",
    "Victim",
    "WatchEvent",
]
