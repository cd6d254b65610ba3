"""What has to be there before pods can be. There are no controllers: what they would make is made here."""

from __future__ import annotations

from collections.abc import Iterable

from services.load.scheduling import workloads
from services.load.scheduling.creating import Grpc
from services.load.scheduling.workloads import Workload
from services.objects.kinds import NAMESPACE, NODE, PRIORITYCLASS, SERVICEACCOUNT
from services.objects.meta import Obj, name_of


async def prepare(workload: Workload, writer: Grpc) -> None:
    """Raises Refused."""
    namespaces = list(workloads.namespaces(workload))
    await writer.objects(NAMESPACE, namespaces)()
    await writer.objects(SERVICEACCOUNT, _accounts(namespaces))()
    await writer.objects(PRIORITYCLASS, [workloads.priority_class()])()
    await writer.objects(NODE, workloads.nodes(workload))()


def _accounts(namespaces: Iterable[Obj]) -> Iterable[Obj]:
    for namespace in namespaces:
        metadata = {"name": "default", "namespace": name_of(namespace)}
        yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
