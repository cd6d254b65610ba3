"""A connection to a cluster and the collections behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from services.client.sdk import connection as wire
from services.client.sdk import kubeconfig, messages
from services.client.sdk.collection import OnWarning, ResourceClient
from services.client.sdk.connection import Connection, Credentials
from services.client.sdk.messages import Binding, Collection, FenceLike, Operation, Outcome, Victim
from services.foundation import log
from services.foundation.tls import Identity
from services.objects import kinds
from services.objects.errors import StatusError, from_status
from services.objects.meta import Obj
from services.rpc.pinnace.v1 import resources_pb2 as pb
from services.rpc.pinnace.v1 import resources_pb2_grpc, scheduling_pb2, scheduling_pb2_grpc

logger = log.get(__name__)


class Client:
    """`async with Client("127.0.0.1:6444", identity=identity) as c:`; connects when first used.

    address       host:port of an apiserver's gRPC port, or several ip:port with commas
    identity      a certificate, its key and the authority to trust, as files
    credentials   the same and more, as bytes; instead of `identity`
    token         a bearer token, or a function that gives one (asked before every call)
    on_warning    called with each warning the server sends with a write; logged unless given
    field_manager the name under which writes of applied objects are recorded; an apply needs one
    """

    def __init__(
        self, address: str, *, identity: Identity | None = None, credentials: Credentials | None = None,
        token: str | Callable[[], str] = "", on_warning: OnWarning | None = None, field_manager: str = "",
    ) -> None:  # fmt: skip
        if identity is not None and credentials is not None:
            raise ValueError("identity and credentials exclude each other")
        self._address = address
        self._credentials = credentials
        self._identity = identity
        self._token = token
        self._on_warning = on_warning or _log_warning
        self._field_manager = field_manager
        self._connection: Connection | None = None

    @classmethod
    def from_kubeconfig(
        cls, path: str | Path | None = None, *, context: str = "", grpc_address: str = "",
        on_warning: OnWarning | None = None, field_manager: str = "",
    ) -> Client:  # fmt: skip
        """The cluster of a kubeconfig ($KUBECONFIG or ~/.kube/config unless `path` is given).

        The gRPC port is the server's port + 1 for a client certificate and + 2 for a token unless `grpc_address` says
        otherwise. Raises ValueError when the
        kubeconfig asks for something gRPC cannot do (exec plugins, no verification of the server).
        """
        access = kubeconfig.load(path, context)
        return cls(grpc_address or access.grpc_address, credentials=access.credentials, token=access.token,
                   on_warning=on_warning, field_manager=field_manager)  # fmt: skip

    async def __aenter__(self) -> Self:
        credentials = self._credentials or (Credentials.of(self._identity) if self._identity else Credentials())
        self._connection = Connection(wire.channel(self._address, credentials), self._token)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connected, self._connection = self._connected, None
        await connected.channel.close()

    @property
    def _connected(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("the client is not open: use `async with Client(...) as c`")
        return self._connection

    def resource(self, kind: Collection, namespace: str = "") -> ResourceClient:
        """The collection of a kind; namespace "" is cluster scope, or all namespaces for list and watch."""
        return ResourceClient(self._connected, kind, namespace, self._on_warning, self._field_manager)

    async def batch(
        self, operations: Sequence[Operation], fence: FenceLike | None = None, *, timeout: float | None = None
    ) -> list[Obj | StatusError]:
        """Writes that stand or fall one by one; the answers are in the order of the operations."""
        options = pb.WriteOptions(field_manager=self._field_manager) if self._field_manager else None
        writes = [messages.operation(op, options) for op in operations]
        request = pb.BatchRequest(operations=writes, fence=messages.fence(fence))
        stub = self._connected.stub(resources_pb2_grpc.ResourcesStub)
        answer = await self._connected.call(stub.Batch, request, timeout)
        return [messages.result(result) for result in answer.results]

    async def bind(
        self, bindings: Sequence[Binding], fence: FenceLike | None = None, *, timeout: float | None = None
    ) -> list[str | StatusError]:
        """Binds pods to nodes; each answer is the resourceVersion of the bound pod or the error."""
        request = scheduling_pb2.BindRequest(
            bindings=[scheduling_pb2.BindRequest.Binding(**binding._asdict()) for binding in bindings],
            fence=messages.fence(fence),
        )
        stub = self._connected.stub(scheduling_pb2_grpc.SchedulingStub)
        answer = await self._connected.call(stub.Bind, request, timeout)
        return [
            from_status(orjson.loads(result.status)) if result.status else result.resource_version
            for result in answer.results
        ]

    async def preempt(
        self, victims: Sequence[Victim], fence: FenceLike | None = None, *, timeout: float | None = None
    ) -> list[StatusError | None]:
        """Marks pods as victims and deletes them; each answer is None or the error."""
        request = scheduling_pb2.PreemptRequest(
            victims=[scheduling_pb2.PreemptRequest.Victim(**victim._asdict()) for victim in victims],
            fence=messages.fence(fence),
        )
        stub = self._connected.stub(scheduling_pb2_grpc.SchedulingStub)
        return _errors(await self._connected.call(stub.Preempt, request, timeout))

    async def report(
        self, outcomes: Sequence[Outcome], fence: FenceLike | None = None, *, timeout: float | None = None
    ) -> list[StatusError | None]:
        """Says in the statuses of pods why they have no node; each answer is None or the error."""
        request = scheduling_pb2.ReportRequest(
            outcomes=[scheduling_pb2.ReportRequest.Outcome(**outcome._asdict()) for outcome in outcomes],
            fence=messages.fence(fence),
        )
        stub = self._connected.stub(scheduling_pb2_grpc.SchedulingStub)
        return _errors(await self._connected.call(stub.Report, request, timeout))

    def namespaces(self) -> ResourceClient:
        return self.resource(kinds.NAMESPACE)

    def nodes(self) -> ResourceClient:
        return self.resource(kinds.NODE)

    def pods(self, namespace: str = "") -> ResourceClient:
        return self.resource(kinds.POD, namespace)

    def services(self, namespace: str = "") -> ResourceClient:
        return self.resource(kinds.SERVICE, namespace)

    def endpoints(self, namespace: str = "") -> ResourceClient:
        return self.resource(kinds.ENDPOINTS, namespace)

    def endpointslices(self, namespace: str = "") -> ResourceClient:
        return self.resource(kinds.ENDPOINTSLICE, namespace)

    def configmaps(self, namespace: str = "") -> ResourceClient:
        return self.resource(kinds.CONFIGMAP, namespace)

    def secrets(self, namespace: str = "") -> ResourceClient:
        return self.resource(kinds.SECRET, namespace)

    def serviceaccounts(self, namespace: str = "") -> ResourceClient:
        return self.resource(kinds.SERVICEACCOUNT, namespace)

    def events(self, namespace: str = "") -> ResourceClient:
        return self.resource(kinds.EVENT, namespace)

    def leases(self, namespace: str = "") -> ResourceClient:
        return self.resource(kinds.LEASE, namespace)

    def replicationcontrollers(self, namespace: str = "") -> ResourceClient:
        return self.resource(kinds.REPLICATIONCONTROLLER, namespace)

    def replicasets(self, namespace: str = "") -> ResourceClient:
        return self.resource(kinds.REPLICASET, namespace)

    def deployments(self, namespace: str = "") -> ResourceClient:
        return self.resource(kinds.DEPLOYMENT, namespace)

    def controllerrevisions(self, namespace: str = "") -> ResourceClient:
        return self.resource(kinds.CONTROLLERREVISION, namespace)


def _log_warning(warning: str) -> None:
    logger.warning("the server warns", warning=warning)


def _errors(answer: scheduling_pb2.WriteResponse) -> list[StatusError | None]:
    return [from_status(orjson.loads(status)) if status else None for status in answer.statuses]
