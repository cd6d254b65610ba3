"""A node's session over real TLS: who may open one, what reports become, and how it survives."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from services.cli.pki import Pki
from services.client.sdk import Client, Credentials
from services.node_agent.tunnel import Session, status
from services.objects.errors import Conflict, NotFound, ServiceUnavailable, Unauthorized
from services.objects.kinds import POD

DEADLINE = 10


async def refuse(target: str) -> Any:
    raise ConnectionRefusedError(f"nothing listens at {target}")


def pod(name: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "ns", "uid": f"{name}-uid"}}


async def test_a_report_becomes_one_batch_in_the_nodes_name(face: Any, agent: Any) -> None:
    face.api.refusals["gone"] = NotFound.object("", "pods", "gone")
    async with agent(refuse) as sessions:
        answers = await sessions.report(
            [status("pods", pod("web"), {"status": {"phase": "Running"}}), status("pods", pod("gone"), {"status": {}}),
             status("secrets", pod("web"), {"status": {}})],
            renew_lease=True,
        )  # fmt: skip
    assert answers[0] == "256"
    assert isinstance(answers[1], NotFound)
    assert "secrets" in answers[2].message
    (caller, first), _, (_, lease) = face.api.operations
    assert (caller.node, first.target.kind, first.target.subresource) == ("one", POD, "status")
    assert orjson.loads(first.patch) == {"metadata": {"uid": "web-uid"}, "status": {"phase": "Running"}}
    assert (lease.target.namespace, lease.target.name) == ("kube-node-lease", "one")
    assert orjson.loads(lease.patch)["spec"]["leaseDurationSeconds"] == 40


async def test_a_missing_lease_is_made_and_belongs_to_the_node(face: Any, agent: Any) -> None:
    face.api.lease_exists = False
    async with agent(refuse) as sessions:
        assert await sessions.report(renew_lease=True) == []
    made = face.api.operations[-1][1].body
    assert made["spec"]["holderIdentity"] == "one"
    assert made["metadata"]["ownerReferences"] == [
        {"apiVersion": "v1", "kind": "Node", "name": "one", "uid": "node-uid"}
    ]


async def test_a_lease_that_cannot_be_renewed_is_an_error(face: Any, agent: Any) -> None:
    face.api.refusals["one"] = Conflict("no")
    async with agent(refuse) as sessions:
        with pytest.raises(ServiceUnavailable, match="the lease was not renewed: no"):
            await sessions.report(renew_lease=True)


async def test_only_nodes_have_sessions_and_only_their_own(face: Any, pki: Pki) -> None:
    cases = [("admin", "one", "is not a node"), ("node-one", "two", "cannot open a session")]
    for leaf, name, _ in cases:
        session = Session(name, face.address, Credentials.of(pki.identity(leaf)), refuse)
        task = asyncio.create_task(session.run(lambda: None))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await session.connected.wait()
        task.cancel()
        assert not face.sessions.connected(name)


async def test_tokens_have_a_port_of_their_own(face: Any, pki: Pki) -> None:
    credentials = Credentials(ca=Credentials.of(pki.identity("admin")).ca)
    address = f"127.0.0.1:{face.ports.tokens}"
    async with Client(address, credentials=credentials, token="secret") as client:
        assert (await client.nodes().get("n"))["who"] == "alice"
    for token in ("wrong", ""):
        async with Client(address, credentials=credentials, token=token) as client:
            with pytest.raises(Unauthorized):
                await client.nodes().get("n")


async def test_a_certificate_names_its_user(face: Any, pki: Pki) -> None:
    async with Client(face.address, identity=pki.identity("admin")) as client:
        assert (await client.nodes().get("n"))["who"] == "kubernetes-admin"


async def test_the_session_comes_back_after_the_server_did(face: Any, agent: Any) -> None:
    async with agent(refuse) as sessions:
        await face.stop()
        async with asyncio.timeout(DEADLINE):
            while sessions.connected:
                await sessions._next_change()
        with pytest.raises(ServiceUnavailable):
            await sessions.report(renew_lease=True)
        await face.start()
        await sessions.wait_connected(DEADLINE)
        assert await sessions.report(renew_lease=True) == []


async def test_published_addresses_replace_the_configured_one(face: Any, agent: Any) -> None:
    port = face.ports.certificates
    async with agent(refuse) as sessions:
        assert set(sessions._running) == {face.address}
        lease = {"metadata": {"name": "apiserver-a", "annotations": {"pinnace.io/grpc-address": f"localhost:{port}"}},
                 "spec": {}}  # fmt: skip
        face.api.publish(lease)
        async with asyncio.timeout(DEADLINE):
            while set(sessions._running) != {f"localhost:{port}"} or not sessions.connected:
                await sessions._next_change()
        assert await sessions.report(renew_lease=True) == []


async def test_an_apiserver_long_gone_is_not_sought(face: Any, agent: Any) -> None:
    stale = {"metadata": {"name": "apiserver-old", "annotations": {"pinnace.io/grpc-address": "127.0.0.1:1"}},
             "spec": {"renewTime": "2020-01-01T00:00:00.000000Z"}}  # fmt: skip
    fresh = {"metadata": {"name": "apiserver-new", "annotations": {"pinnace.io/grpc-address": face.address}},
             "spec": {}}  # fmt: skip
    async with agent(refuse) as sessions:
        face.api.publish(stale)
        face.api.publish(fresh)
        async with asyncio.timeout(DEADLINE):
            while sessions._published != {face.address}:
                await sessions._next_change()
        assert set(sessions._running) == {face.address}
