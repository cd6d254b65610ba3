"""`python -m services.node_agent`: registers the node, runs its pods, reports, answers tunnels."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
from collections.abc import Iterable
from pathlib import Path

from services.client.events import EventWriter
from services.client.grpc_source import GrpcSource, Selection
from services.client.informer import Informer
from services.client.sdk import Client
from services.foundation import clock, health, log, process, settings
from services.foundation.tls import Identity
from services.node_agent import node as nodes
from services.node_agent import roster as rosters
from services.node_agent.connect import Connector
from services.node_agent.engine.docker import DockerEngine, least_oom_score
from services.node_agent.engine.local_image import ensure_pause
from services.node_agent.executor import Node
from services.node_agent.images import Images
from services.node_agent.network import NetworkNotReady, NoFreeAddress, PodNetwork
from services.node_agent.network.pod_network import TROUBLE
from services.node_agent.pods.actions import Emit
from services.node_agent.pods.container import Policy
from services.node_agent.recorder import Recorder
from services.node_agent.references import ApiReferences
from services.node_agent.reporting import StatusReporter
from services.node_agent.roster import Roster
from services.node_agent.server.app import serve
from services.node_agent.settings import Settings
from services.node_agent.tunnel import Sessions
from services.node_agent.volumes.volumes import Volumes
from services.objects.errors import AlreadyExists, NotFound, StatusError
from services.objects.kinds import ENDPOINTSLICE, NODE, POD, SERVICE
from services.objects.meta import Obj, uid_of

logger = log.get(__name__)

SOCKET = "agent.sock"
HEALTH_CHECK = 5.0  # seconds between looks at what makes the node ready; nothing is asked of anybody for it
IMAGES_PERIOD = 60.0
RETRY = 2.0
NETWORK_TROUBLE: tuple[type[Exception], ...] = (NetworkNotReady, NoFreeAddress, *TROUBLE)


class Agent:
    """The parts of a node-agent, wired."""

    def __init__(self, options: Settings, client: Client) -> None:
        self.options = options
        self.client = client
        identity = Identity(options.certificate, options.key, options.ca)
        self.informer = Informer(
            GrpcSource(client, {POD: Selection(field_selector=f"spec.nodeName={options.name}")}),
            [POD, SERVICE, ENDPOINTSLICE, NODE],
        )
        self.engine = DockerEngine(options.docker, options.name)
        self.network = PodNetwork(options.name, options.node_ip, options.cluster_dns, options.cluster_domain)
        self.machine = nodes.machine(options.state_dir)
        references = ApiReferences(client, options.reference_lifetime)
        self.volumes = Volumes(options.state_dir / "pods", references)
        self.events = EventWriter(client)
        self.recorder = Recorder(self.events, options.name)
        self.connector = Connector(options.state_dir / SOCKET, self.engine)
        self.sessions = Sessions(options.name, options.apiserver, identity, self.connector.connect)
        self.reporter = StatusReporter(self.sessions, client, self.recorder, options.lease_seconds)
        base = options.crash_backoff_base
        policy = Policy(crash_base=base, crash_max=max(options.crash_backoff_max, base), pull_base=base)
        self.roster = Roster(
            Node(
                name=options.name, ip=options.node_ip, domain=options.cluster_domain, engine=self.engine,
                images=Images(self.engine), network=self.network, volumes=self.volumes, references=references,
                reporter=self.reporter, services=self._services, policy=policy,
                pause=functools.partial(ensure_pause, self.engine.docker),
                allocatable=self.machine.resources(options.max_pods)[1], memory=self.machine.memory,
                least_oom_score=least_oom_score(),
            ),
            self._gone, options.sync_period, options.reference_lifetime,
        )  # fmt: skip
        self.connector.roster = self.roster
        self.node: Obj | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        self.network.follow(self.informer)
        self.informer.subscribe(POD, self.roster.on_pod)
        async with serve(self.options.state_dir / SOCKET, self.roster, self.engine), asyncio.TaskGroup() as group:
            tasks = [group.create_task(job) for job in (
                self.sessions.run(), self.events.run(), self._register(), self.informer.run(), self._network(),
                self.roster.run(self.informer.synced), self.reporter.run(), self._watch_over_node(),
            )]  # fmt: skip
            await stopping.wait()
            for task in tasks:
                task.cancel()

    async def close(self) -> None:
        """Containers, network and volumes stay: the next agent adopts them."""
        await self.network.stop()
        await self.engine.close()

    def ready(self) -> str:
        if self.node is None:
            return "the node is not registered"
        if not self.informer.synced.is_set():
            return "the apiserver has not told everything yet"
        return self._health().problem

    def _health(self) -> nodes.Health:
        return nodes.Health(self.roster.engine_problem, self.network.problem)

    def _services(self) -> Iterable[Obj]:
        return self.informer.store(SERVICE).list()

    async def _gone(self, namespace: str, name: str, uid: str) -> bool:
        """Whether the apiserver itself says that this very pod is no more, or another node's."""
        try:
            pod = await self.client.pods(namespace).get(name)
        except NotFound:
            return True
        return uid_of(pod) != uid or pod["spec"].get("nodeName") != self.options.name

    async def _network(self) -> None:
        """Starts it, hands it the pods that run already, then keeps it; waits while the kernel or Docker refuse."""
        while True:
            try:
                await self.network.start()
                survey = await self.engine.survey()
                break
            except NETWORK_TROUBLE + rosters.ENGINE_TROUBLE as error:
                self.network.problem = str(error)
                logger.warning("the pod network has not started", error=str(error))
                await asyncio.sleep(RETRY)
        running = {uid: sandbox.pid for uid, seen in survey.items() for sandbox in seen.sandboxes if sandbox.running}
        try:
            await self.network.adopt(running)
        except NETWORK_TROUBLE as error:
            logger.warning("not every pod's network was taken over", error=str(error))
        await self.network.run()

    async def _register(self) -> None:
        """Makes the Node object, or takes over the one there is."""
        wanted = nodes.node_object(self.options.name, self.options.node_labels)
        while self.node is None:
            try:
                try:
                    self.node = await self.client.nodes().create(wanted)
                    self.recorder.about_node(Emit("Normal", "Starting", "Starting kubelet."))
                except AlreadyExists:
                    patch = {"metadata": {"labels": wanted["metadata"]["labels"]}}
                    self.node = await self.client.nodes().patch(self.options.name, patch)
            except StatusError as error:
                logger.info("node not registered yet", error=error.message)
                await asyncio.sleep(0.5)
        logger.info("node registered", node=self.options.name)

    async def _watch_over_node(self) -> None:
        """Reports the node's status when it changes, and unchanged once in a while."""
        loop = asyncio.get_running_loop()
        told: Obj | None = None
        told_at = asked_at = -1e9
        info: dict[str, object] = {}
        images: list[dict[str, object]] = []
        while True:
            if loop.time() - asked_at > IMAGES_PERIOD or not info:
                with contextlib.suppress(*rosters.ENGINE_TROUBLE):  # the roster says so in the node's conditions
                    info, images = await self.engine.info(), await self.engine.images()
                    asked_at = loop.time()
            node = self._known_node()
            if node is not None:
                status = nodes.node_status(
                    told or node.get("status") or {}, self.options.name, self.options.node_ip, self.machine,
                    self.options.max_pods, info, images, self._health(), clock.now(),
                )  # fmt: skip
                due = loop.time() - told_at > self.options.status_period
                if due or told is None or not nodes.same_but_for_the_time(status, told):
                    self.reporter.report_node(node, status)
                    told, told_at = status, loop.time()
            waiting = node is None or self._health().problem
            await asyncio.sleep(0.2 if waiting else HEALTH_CHECK)

    def _known_node(self) -> Obj | None:
        """As the informer has it; made again when somebody deleted it."""
        if self.node is None:
            return None
        return self.informer.store(NODE).get("", self.options.name) or self.node


async def main(options: Settings, stopping: asyncio.Event) -> None:
    options.state_dir.mkdir(parents=True, exist_ok=True, mode=0o755)
    identity = Identity(options.certificate, options.key, options.ca)
    async with Client(options.apiserver, identity=identity) as client:
        agent = Agent(options, client)
        try:
            async with health.serve("127.0.0.1", options.health_port, agent.ready):
                await agent.run(stopping)
        finally:
            await agent.close()


if __name__ == "__main__":
    parsed = settings.parse(Settings, prog="node-agent")
    os.umask(0o022)
    assert isinstance(parsed.state_dir, Path)
    process.run("node-agent", functools.partial(main, parsed), level=parsed.log_level)
