"""Answers `pinnace explain` from what this scheduler knows at the moment, whether it leads or only follows.

It has a port of its own. Asking through the apiserver was rejected: it would have to know which scheduler leads, and
pass on what it does not understand.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import grpc
from cryptography import x509
from cryptography.x509.oid import NameOID

from services.foundation import log, tls
from services.objects import conditions
from services.objects.meta import Obj, is_deleting, key_of
from services.rpc.pinnace.v1 import explaining_pb2 as pb
from services.rpc.pinnace.v1 import explaining_pb2_grpc
from services.scheduler.algorithm import Claims
from services.scheduler.explaining import Explanation, Verdict, explain
from services.scheduler.plugins.own import InvalidAnswer
from services.scheduler.profile import DEFAULT_NAME
from services.scheduler.state import State, has_ended

logger = log.get(__name__)

ADMINISTRATORS = "system:masters"  # who may ask: answers name every node and many pods' needs
_CHUNK = 200  # verdicts in a message

Lookup = Callable[[str, str], Obj | None]


class Explainer(explaining_pb2_grpc.ExplainingServicer):
    """`lookup` gives a pod as it was seen last; `address` is host:port."""

    def __init__(self, state: State, lookup: Lookup, address: str, identity: tls.Identity) -> None:
        self._state = state
        self._lookup = lookup
        self._address = address
        self._identity = identity
        self.port: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Serves until cancelled. Raises OSError when the port is taken."""
        server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
        explaining_pb2_grpc.add_ExplainingServicer_to_server(self, server)  # type: ignore[no-untyped-call]
        try:
            port = server.add_secure_port(self._address, tls.server_credentials(self._identity, require_client=True))
        except RuntimeError as error:
            raise OSError(f"nobody can be answered at {self._address}: {error}") from error
        await server.start()
        self.port.set_result(port)
        logger.info("explanations are given", address=self._address)
        try:
            await server.wait_for_termination()
        finally:
            await server.stop(None)

    async def Explain(
        self, request: pb.ExplainRequest, context: grpc.aio.ServicerContext
    ) -> AsyncIterator[pb.ExplainResponse]:
        if ADMINISTRATORS not in _groups(context):
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, f"only members of {ADMINISTRATORS} may ask")
        pod = self._lookup(request.namespace, request.name)
        if pod is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, f'pods "{request.name}" not found')
            return
        head = self._head(pod)
        try:
            explanation = self._explanation(pod) if head.profile else Explanation((), [], None)
        except InvalidAnswer as error:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
            return
        if explanation.refusal is not None:
            head.refusal = explanation.refusal.message
        head.plugins.extend(pb.ExplainResponse.Plugin(name=name, weight=weight) for name, weight in explanation.weights)
        yield pb.ExplainResponse(head=head)
        for verdicts in _chunks(explanation.verdicts):
            yield pb.ExplainResponse(verdicts=verdicts)

    def _head(self, pod: Obj) -> pb.ExplainResponse.Head:
        """`profile` is empty for a pod that is no business of ours."""
        state, key, name = self._state, key_of(pod), pod["spec"].get("schedulerName") or DEFAULT_NAME
        standing = state.queue.standing(key)
        head = pb.ExplainResponse.Head(
            leads=state.leads, place=self._place(pod), node=state.cluster.node_of(key) or "",
            nominated_node=(pod.get("status") or {}).get("nominatedNodeName") or "",
            profile=name if name in state.profiles else "", nodes=len(state.cluster),
        )  # fmt: skip
        scheduled = conditions.get(pod, "PodScheduled") or {}
        if scheduled.get("status") == "False":
            head.told = scheduled.get("message") or ""
        if standing is not None:
            head.attempts = standing.attempts
            head.helped_by.extend(sorted(each.name for each in standing.helped_by))
            if standing.until is not None:
                head.seconds = max(standing.until - state.now(), 0.0)
        return head

    def _place(self, pod: Obj) -> str:
        standing = self._state.queue.standing(key_of(pod))
        spec = pod["spec"]
        if has_ended(pod):
            return "ended"
        if spec.get("nodeName"):
            return "bound"
        if (spec.get("schedulerName") or DEFAULT_NAME) not in self._state.profiles:
            return "foreign"
        if is_deleting(pod):
            return "going"
        if spec.get("schedulingGates"):
            return "gated"
        return standing.place if standing is not None else "unknown"

    def _explanation(self, pod: Obj) -> Explanation:
        """Of a pod that has a node: as if it had none."""
        state, cluster = self._state, self._state.cluster
        spec = {field: value for field, value in pod["spec"].items() if field != "nodeName"}
        info = state.read({**pod, "spec": spec})
        placed = cluster.placed(info.key)
        row = None if placed is None else cluster.row(placed.node)
        there = (row, placed.demand) if placed is not None and row is not None else None
        return explain(info, cluster.columns, state.profiles[info.scheduler], Claims(cluster), there)


def _groups(context: grpc.aio.ServicerContext) -> set[str]:
    """Those of the caller's certificate, without which there is no connection."""
    (pem,) = context.auth_context()["x509_pem_cert"]
    subject = x509.load_pem_x509_certificate(bytes(pem)).subject
    return {str(attribute.value) for attribute in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)}


def _chunks(verdicts: list[Verdict]) -> Iterator[pb.ExplainResponse.Verdicts]:
    for start in range(0, len(verdicts), _CHUNK):
        yield pb.ExplainResponse.Verdicts(
            verdicts=[pb.ExplainResponse.Verdict(**each._asdict()) for each in verdicts[start : start + _CHUNK]]
        )
