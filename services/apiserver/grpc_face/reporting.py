"""What node agents report: status and leases, written as one batch in the agent's own name.

The handlers' admission sees to it that a node writes only its own; nothing is trusted here but the certificate.
"""

from __future__ import annotations

from typing import Any

import orjson

from services.apiserver.grpc_face.refusals import status_error
from services.apiserver.handlers.api import Api, CreateOperation, PatchOperation
from services.apiserver.handlers.core import Answer
from services.apiserver.request import Caller, Target, WriteOptions
from services.foundation import clock
from services.objects import times
from services.objects.errors import BadRequest, NotFound, StatusError
from services.objects.kinds import KINDS, LEASE, NODE
from services.objects.meta import Obj
from services.objects.ownership import owner_reference
from services.objects.patching import media
from services.rpc.pinnace.v1 import node_pb2 as pb

LEASES = "kube-node-lease"
LEASE_DURATION = 40  # seconds, unless the agent says otherwise
REPORTED = ("pods", "nodes")

_OPTIONS = WriteOptions(field_manager="node-agent")


class Reporting:
    def __init__(self, api: Api, now: Any = clock.now) -> None:
        self._api = api
        self._now = now

    async def report(self, caller: Caller, report: pb.Report) -> pb.Reported:
        """Never raises for a write that is refused: each status has its own answer, and so has the lease."""
        understood = [_understood(status) for status in report.statuses]
        operations: list[Any] = [op for op in understood if not isinstance(op, StatusError)]
        if report.renew_lease:
            operations.append(self._renewal(caller.node, report.lease_duration_seconds or LEASE_DURATION))
        answers = await self._batch(caller, operations)
        lease_error = ""
        if report.renew_lease:
            lease_error = await self._renewed(caller, report, answers.pop())
        remaining = iter(answers)
        results = [_result(op if isinstance(op, StatusError) else next(remaining)) for op in understood]
        return pb.Reported(id=report.id, results=results, lease_error=lease_error)

    async def _batch(self, caller: Caller, operations: list[Any]) -> list[Answer | StatusError]:
        try:
            return list(await self._api.batch(caller, operations, None))
        except Exception as error:  # noqa: BLE001  # one report must not end the session; logged in status_error
            return [status_error(error)] * len(operations)

    def _renewal(self, node: str, seconds: int) -> PatchOperation:
        patch = orjson.dumps({"spec": self._lease_spec(node, seconds)})
        return PatchOperation(Target(LEASE, LEASES, node), media.MERGE, patch)

    def _lease_spec(self, node: str, seconds: int) -> Obj:
        return {"holderIdentity": node, "leaseDurationSeconds": seconds, "renewTime": times.micro(self._now())}

    async def _renewed(self, caller: Caller, report: pb.Report, answer: Answer | StatusError) -> str:
        """"" or why the lease is not renewed; makes it when it is missing."""
        if isinstance(answer, NotFound):
            answer = await self._made(caller, report.lease_duration_seconds or LEASE_DURATION)
        return answer.message if isinstance(answer, StatusError) else ""

    async def _made(self, caller: Caller, seconds: int) -> Answer | StatusError:
        """The lease belongs to its Node and goes with it."""
        try:
            node = orjson.loads(await self._api.get(caller, Target(NODE, "", caller.node), resource_version="0"))
        except StatusError as error:
            return error
        lease: Obj = {
            "apiVersion": LEASE.api_version, "kind": LEASE.kind,
            "metadata": {"name": caller.node, "namespace": LEASES,
                         "ownerReferences": [owner_reference(node, NODE, controller=False, block=False)]},
            "spec": self._lease_spec(caller.node, seconds),
        }  # fmt: skip
        (answer,) = await self._batch(caller, [CreateOperation(Target(LEASE, LEASES), lease, WriteOptions())])
        return answer


def _understood(status: pb.Report.Status) -> PatchOperation | StatusError:
    """The merge patch of a status, guarded by the uid of the object it is about."""
    kind = KINDS.by_resource("", "v1", status.resource) if status.resource in REPORTED else None
    if kind is None:
        return BadRequest(f'a report is about {" or ".join(REPORTED)}, not "{status.resource}"')
    try:
        patch = orjson.loads(status.json)
    except orjson.JSONDecodeError as error:
        return BadRequest(f"the status is not JSON: {error}")
    if not isinstance(patch, dict):
        return BadRequest("the status is not a merge patch")
    if status.uid:
        patch["metadata"] = {**(patch.get("metadata") or {}), "uid": status.uid}
    target = Target(kind, status.namespace, status.name, "status")
    return PatchOperation(target, media.MERGE, orjson.dumps(patch), options=_OPTIONS)


def _result(answer: Answer | StatusError) -> pb.Reported.Result:
    if isinstance(answer, StatusError):
        return pb.Reported.Result(status=orjson.dumps(answer.status()))
    return pb.Reported.Result(resource_version=orjson.loads(answer.json)["metadata"]["resourceVersion"])
