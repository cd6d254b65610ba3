"""Two controller-managers, a real apiserver, a real etcd."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

from services.client.sdk import Binding, Client
from services.objects import conditions
from services.objects.errors import NotFound, ServiceUnavailable
from services.objects.kinds import POD
from services.objects.meta import Obj, labels_of, name_of
from services.storage.channel import connect
from tests.integration.plane import DEADLINE, Plane, wait_ready

TEMPLATE = {"metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "main", "image": "web:1", "ports": [{"containerPort": 80}]}]}}
DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
              "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE}}
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
           "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]}}


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = DEADLINE) -> None:
    async with asyncio.timeout(seconds):
        while True:
            with suppress(NotFound, ServiceUnavailable):  # not there yet
                if await condition():
                    return
            await asyncio.sleep(0.05)


async def make_ready(client: Client, pod: Obj, address: str) -> None:
    now = datetime.now(UTC)
    status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}],
              "conditions": conditions.set([], "Ready", "True", "", "", now)}
    await client.pods("shop").update_status({**pod, "status": status})


async def test_a_deployment_and_its_service_from_beginning_to_end(plane: Plane, client: Client) -> None:
    process, health = plane.controller_manager()
    wait_ready(health)

    async def namespace_made() -> bool:
        await client.namespaces().create({"metadata": {"name": "shop"}})
        return True

    await eventually(namespace_made)

    async def furnished() -> bool:
        await client.serviceaccounts("shop").get("default")
        return "BEGIN CERTIFICATE" in (await client.configmaps("shop").get("kube-root-ca.crt"))["data"]["ca.crt"]

    await eventually(furnished)
    await client.nodes().create({"metadata": {"name": "node-a"}})
    node = await client.nodes().get("node-a")
    ready = conditions.set([], "Ready", "True", "KubeletReady", "", datetime.now(UTC))
    await eventually(lambda: _has_range(client))
    node = await client.nodes().get("node-a")
    await client.nodes().update_status({**node, "status": {"conditions": ready, "addresses": [
        {"type": "InternalIP", "address": "192.168.7.7"}]}})
    await client.services("shop").create(SERVICE)
    await client.deployments("shop").create(DEPLOYMENT)

    async def three_pods() -> bool:
        return len(await client.pods("shop").list()) == 3

    await eventually(three_pods)
    for index, pod in enumerate(await client.pods("shop").list(), 1):
        await client.bind([_binding(pod)])
        await make_ready(client, await client.pods("shop").get(name_of(pod)), f"10.244.0.{index}")

    async def complete() -> bool:
        deployment = await client.deployments("shop").get("web")
        slices = await client.endpointslices("shop").list()
        endpoints = await client.endpoints("shop").get("web")
        service = await client.services("shop").get("web")
        return (deployment["status"].get("availableReplicas") == 3
                and deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
                and conditions.get(deployment, "Progressing")["reason"] == "NewReplicaSetAvailable"
                and sum(len(each["endpoints"]) for each in slices) == 3
                and len(endpoints["subsets"][0]["addresses"]) == 3
                and service["status"]["loadBalancer"].get("ingress", [{}])[0].get("ip") == "192.168.7.7")

    await eventually(complete)
    reasons = {event["reason"] for event in await client.events("shop").list()}
    assert {"ScalingReplicaSet", "SuccessfulCreate"} <= reasons

    await client.deployments("shop").delete("web", propagation="Foreground")

    async def ending() -> bool:
        pods = await client.pods("shop").list()
        return all(pod["metadata"].get("deletionTimestamp") for pod in pods)

    await eventually(ending)
    for pod in await client.pods("shop").list():  # there is no agent that would end them
        await client.pods("shop").delete(name_of(pod), grace_period=0)

    async def gone() -> bool:
        return not await client.replicasets("shop").list() and not await client.deployments("shop").list()

    await eventually(gone)
    await client.namespaces().delete("shop")

    async def namespace_gone() -> bool:
        return "shop" not in [name_of(each) for each in await client.namespaces().list()]

    await eventually(namespace_gone)
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE) == 0
    assert '"level": "error"' not in plane.log()


async def _has_range(client: Client) -> bool:
    return (await client.nodes().get("node-a"))["spec"].get("podCIDR") == "10.244.0.0/24"


def _binding(pod: Obj) -> Binding:
    return Binding("shop", name_of(pod), pod["metadata"]["uid"], "node-a")


async def test_when_the_leader_dies_the_other_one_takes_over(plane: Plane, client: Client) -> None:
    first, health = plane.controller_manager()
    wait_ready(health)

    async def created() -> bool:
        await client.namespaces().create({"metadata": {"name": "shop"}})
        return True

    async def pods(count: int) -> bool:
        return len(await client.pods("shop").list()) == count

    await eventually(created)
    await client.deployments("shop").create(DEPLOYMENT)
    await eventually(lambda: pods(3))
    _, health = plane.controller_manager()
    wait_ready(health)
    first.kill()
    first.wait(DEADLINE)
    await client.deployments("shop").patch("web", {"spec": {"replicas": 5}})
    await eventually(lambda: pods(5))  # the dead leader's lease has to expire first: 15 s
    owners = {labels_of(pod)["pod-template-hash"] for pod in await client.resource(POD, "shop").list()}
    assert len(owners) == 1


async def test_when_etcd_comes_back_the_same_process_goes_on(plane: Plane, client: Client) -> None:
    process, health = plane.controller_manager()
    wait_ready(health)

    async def created() -> bool:
        await client.namespaces().create({"metadata": {"name": "shop"}})
        return True

    async def pods(count: int) -> bool:
        return len(await client.pods("shop").list()) == count

    async def scaled() -> bool:
        await client.deployments("shop").patch("web", {"spec": {"replicas": 5}})
        return True

    async def lost() -> bool:
        return "no longer leading" in plane.log()

    await eventually(created)
    await client.deployments("shop").create(DEPLOYMENT)
    await eventually(lambda: pods(3))
    plane.etcd.kill()
    await eventually(lost)  # 15 s: the lease cannot be relied upon any longer
    plane.etcd.start()
    await eventually(scaled)
    await eventually(lambda: pods(5))
    assert process.poll() is None


async def test_a_process_that_was_killed_takes_over_from_itself_at_once(plane: Plane, client: Client) -> None:
    """Its lease still stands for 15 s, but nobody else can bear its name: the host's, and the port of its health."""
    killed, health = plane.controller_manager()
    await eventually(lambda: _leads(plane, 1))
    killed.kill()
    killed.wait(DEADLINE)
    process, _ = plane.controller_manager(health)
    await asyncio.to_thread(wait_ready, health)
    await eventually(lambda: _leads(plane, 2), 5)
    assert process.poll() is None


async def test_processes_without_a_port_of_their_own_never_lead_both(plane: Plane, client: Client) -> None:
    """They are on one host: were that their name, the second would end the first's candidature."""
    processes = [plane.controller_manager(0)[0] for _ in range(2)]
    async with connect(plane.etcd.endpoints) as store:

        async def both_stand() -> bool:
            return len((await store.reader.range("/registry/elections/controller-manager/")).entries) == 2

        await eventually(both_stand)
    assert plane.log().count('"leading"') == 1
    assert "no longer leading" not in plane.log()
    assert [process.poll() for process in processes] == [None, None]


async def _leads(plane: Plane, times: int) -> bool:
    return plane.log().count('"leading"') == times
