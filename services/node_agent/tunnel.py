"""The agent's sessions with the apiservers: reports go up, dials come down, tunnels are opened in answer.

Every apiserver process publishes its own gRPC address in a Lease (annotation `pinnace.io/grpc-address`), and the agent
keeps a session with each, so that whichever apiserver a user asks for logs reaches this node. The configured address is
the way in: it is used as long as no published one works. A connection made by the server instead was rejected: a node
would need an open port, and a route to it.

Tunnels use a second channel (a TCP connection of their own), so a large copy cannot starve a heartbeat.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import grpc
import orjson

from services.client.sdk import Client, Credentials
from services.client.sdk import connection as wire
from services.foundation import clock, log
from services.foundation.tls import Identity
from services.objects import times
from services.objects.errors import ServiceUnavailable, StatusError, Timeout, from_status
from services.objects.meta import Obj, annotations_of, name_of
from services.rpc.pinnace.v1 import node_pb2 as pb
from services.rpc.pinnace.v1 import node_pb2_grpc
from services.rpc.tunnel import TUNNEL_ID, relay

logger = log.get(__name__)

APISERVERS = "apiserver.kubernetes.io/identity=kube-apiserver"
GRPC_ADDRESS = "pinnace.io/grpc-address"
RETRY, RETRY_MOST = 0.5, 10.0  # seconds between attempts to reach an apiserver, growing
CONNECT_TIMEOUT = 10.0  # seconds a target of a dial has to accept
REPORT_TIMEOUT = 15.0  # seconds a report may take
STALE = 120  # seconds after which an apiserver whose lease expired is not sought any more

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[str], Awaitable[Streams]]
Status = pb.Report.Status
# The local subchannel pool gives each channel a connection of its own.
_OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1),)


def status(resource: str, obj: Obj, patch: Obj) -> Status:
    """A status to be reported: `patch` is a merge patch, {"status": ...}, of the pod or node `obj`."""
    metadata = obj["metadata"]
    return Status(resource=resource, namespace=metadata.get("namespace", ""), name=metadata["name"],
                  uid=metadata.get("uid", ""), json=orjson.dumps(patch))  # fmt: skip


class Session:
    """One session with one apiserver address, reopened for as long as it runs."""

    def __init__(self, node: str, address: str, credentials: Credentials, connect: Connect) -> None:
        self.node = node
        self.address = address
        self.connected = asyncio.Event()
        self._credentials = credentials
        self._connect = connect
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[pb.Reported]] = {}
        self._outgoing: asyncio.Queue[pb.AgentMessage] = asyncio.Queue()

    async def run(self, changed: Callable[[], None]) -> None:
        """Until cancelled; calls `changed` when the session is made or lost."""
        pause = RETRY
        while True:
            try:
                async with self._channel() as control, self._channel() as data:
                    await self._converse(control, data, changed)
            finally:
                if self.connected.is_set():
                    pause = RETRY
                self._disconnect()
            changed()
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, RETRY_MOST)

    async def report(self, statuses: Sequence[Status], renew_lease: bool, lease_seconds: int) -> pb.Reported:
        """Raises ServiceUnavailable when the session breaks first."""
        number = next(self._ids)
        answer: asyncio.Future[pb.Reported] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        report = pb.Report(id=number, statuses=statuses, renew_lease=renew_lease, lease_duration_seconds=lease_seconds)
        self._outgoing.put_nowait(pb.AgentMessage(report=report))
        try:
            return await answer
        finally:
            self._answers.pop(number, None)

    def _channel(self) -> Any:
        return wire.channel(self.address, self._credentials, _OWN_CONNECTION)

    async def _converse(self, control: Any, data: Any, changed: Callable[[], None]) -> None:
        """One call of Session, to its end."""
        self._outgoing = asyncio.Queue()
        sessions: Any = node_pb2_grpc.NodesStub(control)  # type: ignore[no-untyped-call]
        tunnels: Any = node_pb2_grpc.NodesStub(data)  # type: ignore[no-untyped-call]
        call = sessions.Session()
        try:
            async with asyncio.TaskGroup() as tasks:
                await call.write(pb.AgentMessage(hello=pb.Hello(node=self.node)))
                tasks.create_task(self._send(call))
                async for message in call:
                    match message.WhichOneof("message"):
                        case "welcome":
                            logger.info("session with the apiserver", address=self.address)
                            self.connected.set()
                            changed()
                        case "reported":
                            self._reported(message.reported)
                        case "dial":
                            tasks.create_task(self._tunnel(tunnels, message.dial))
                raise ConnectionResetError("the apiserver ended the session")
        except* (grpc.aio.AioRpcError, ConnectionResetError, asyncio.InvalidStateError) as group:
            logger.info("no session with the apiserver", address=self.address, why=_why(group))
        finally:
            call.cancel()

    async def _send(self, call: Any) -> None:
        while True:
            await call.write(await self._outgoing.get())

    def _reported(self, reported: pb.Reported) -> None:
        answer = self._answers.get(reported.id)
        if answer is not None and not answer.done():
            answer.set_result(reported)

    def _disconnect(self) -> None:
        self.connected.clear()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ServiceUnavailable("the session with the apiserver broke"))

    async def _tunnel(self, tunnels: Any, dial: pb.Dial) -> None:
        """Connects to the target and carries the bytes, until either side has had enough."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                reader, writer = await self._connect(dial.target)
        except (OSError, StatusError) as error:
            why = str(error) or f"connecting to {dial.target} took more than {CONNECT_TIMEOUT:g} s"
            self._outgoing.put_nowait(pb.AgentMessage(dial_failed=pb.DialFailed(id=dial.id, error=why)))
            return
        except Exception as error:  # one dial's bug must not end the session and all its tunnels
            logger.exception("a dial failed", target=dial.target)
            why = f"connecting to {dial.target} failed: {type(error).__name__}"
            self._outgoing.put_nowait(pb.AgentMessage(dial_failed=pb.DialFailed(id=dial.id, error=why)))
            return
        call = tunnels.Tunnel(metadata=((TUNNEL_ID, dial.id),))
        try:
            await relay(reader, writer, call, call.write, server=False)
            await call.done_writing()
            # What was written is on its way until the server has ended the call: a cancel would drop it.
            await call.code()
        except* (grpc.aio.AioRpcError, asyncio.InvalidStateError) as group:
            logger.debug("a tunnel broke", target=dial.target, why=_why(group))
        finally:
            call.cancel()


class Sessions:
    """A session with every apiserver; `report` uses one of them.

    `connect` makes the connections that servers dial: "http", "pod:NAMESPACE/NAME:PORT", "tcp:ADDRESS:PORT". It raises
    OSError or a StatusError whose text the user sees.
    """

    def __init__(
        self, node: str, address: str, identity: Identity | None, connect: Connect, *,
        credentials: Credentials | None = None,
    ) -> None:  # fmt: skip
        self._node = node
        self._address = address
        self._credentials = credentials or (Credentials.of(identity) if identity else Credentials())
        self._connect = connect
        self._published: set[str] = set()
        self._running: dict[str, tuple[Session, asyncio.Task[None]]] = {}
        self._changed = asyncio.Event()

    @property
    def connected(self) -> bool:
        return self._primary() is not None

    def _primary(self) -> Session | None:
        return next((session for session, _ in self._running.values() if session.connected.is_set()), None)

    async def wait_connected(self, timeout: float) -> None:
        """Raises ServiceUnavailable when there is no session after `timeout` seconds."""
        deadline = asyncio.get_running_loop().time() + timeout
        while not self.connected:
            try:
                async with asyncio.timeout_at(deadline):
                    await self._next_change()
            except TimeoutError:
                raise ServiceUnavailable("no apiserver can be reached") from None

    async def report(
        self, statuses: Sequence[Status] = (), renew_lease: bool = False, *, lease_seconds: int = 40,
        timeout: float = REPORT_TIMEOUT,
    ) -> list[str | StatusError]:  # fmt: skip
        """Writes statuses (see `status`) and, if asked, renews the node's Lease, in one batch.

        Answers with the resourceVersion or the error of each status, in order. Raises ServiceUnavailable without a
        session, Timeout when no answer came (the writes may have happened), and StatusError when the lease could not
        be renewed.
        """
        session = self._primary()
        if session is None:
            raise ServiceUnavailable("no apiserver can be reached")
        try:
            async with asyncio.timeout(timeout):
                reported = await session.report(statuses, renew_lease, lease_seconds)
        except TimeoutError:
            raise Timeout(f"the apiserver did not answer a report within {timeout:g} s") from None
        if reported.lease_error:
            raise ServiceUnavailable(f"the lease was not renewed: {reported.lease_error}")
        return [
            from_status(orjson.loads(result.status)) if result.status else result.resource_version
            for result in reported.results
        ]

    async def run(self) -> None:
        """Keeps the sessions; for a TaskGroup."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            while True:
                self._arrange(tasks)
                await self._next_change()

    def _arrange(self, tasks: asyncio.TaskGroup) -> None:
        """Starts the sessions that are wanted and stops the others."""
        wanted = set(self._published)
        if not any(session.connected.is_set() for address, (session, _) in self._running.items() if address in wanted):
            wanted.add(self._address)
        for address in wanted - self._running.keys():
            session = Session(self._node, address, self._credentials, self._connect)
            self._running[address] = session, tasks.create_task(session.run(self._announce))
        unwanted = self._running.keys() - wanted
        for address in unwanted:
            session, task = self._running.pop(address)
            session.connected.clear()
            task.cancel()
        if unwanted:
            self._announce()

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _next_change(self) -> None:
        await self._changed.wait()

    async def _follow(self) -> None:
        """Reads and watches the Leases of the apiservers through whichever of them is connected."""
        while True:
            session = self._primary()
            if session is None:
                await self._next_change()
                continue
            try:
                async with Client(session.address, credentials=self._credentials) as client:
                    await self._watch_leases(client)
            except StatusError as error:
                logger.info("the apiservers' leases cannot be followed", address=session.address, why=error.message)
                await asyncio.sleep(RETRY)

    async def _watch_leases(self, client: Client) -> None:
        leases = client.leases("kube-system")
        listed = await leases.list(label_selector=APISERVERS)
        known = {name_of(lease): lease for lease in listed}
        self._publish(known)
        async for batch in leases.watch_batches(
            label_selector=APISERVERS, resource_version=listed.resource_version, allow_bookmarks=True
        ):
            for event in batch:
                if event.type == "DELETED":
                    known.pop(name_of(event.object), None)
                elif event.type != "BOOKMARK":
                    known[name_of(event.object)] = event.object
            self._publish(known)

    def _publish(self, leases: dict[str, Obj]) -> None:
        published = {address for lease in leases.values() if (address := _address(lease))}
        if published != self._published:
            self._published = published
            logger.info("apiservers known", addresses=sorted(published))
            self._announce()


def _address(lease: Obj) -> str:
    """Where the apiserver of a lease listens, "" when it has long been gone."""
    renewed = times.parse_or_none(lease["spec"].get("renewTime"))
    if renewed is not None and (clock.now() - renewed).total_seconds() > STALE:
        return ""
    return annotations_of(lease).get(GRPC_ADDRESS, "")


def _why(group: BaseExceptionGroup[Any]) -> str:
    error = group.exceptions[0]
    if isinstance(error, BaseExceptionGroup):
        return _why(error)
    return str(error.details()) if isinstance(error, grpc.aio.AioRpcError) else str(error)
