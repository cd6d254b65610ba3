"""Names from inside pods, over real sockets, with the host's nameservers behind."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import dnslib
import pytest

from services.node_agent.network import PodNetwork
from services.node_agent.network.dns import records, wire
from tests.integration.network.rooms import DEADLINE, NODE_IP, OUTSIDE_IP, Room, running, standing_in
from tests.integration.network.test_services import Rooms, endpointslice, publish, service

DNS = "10.96.0.10"


@pytest.fixture
async def pod(network: PodNetwork, rooms: Rooms) -> Room:
    room = rooms()
    await network.attach_namespace("pod", room.path)
    return room


async def resolve(room: Room, name: str, type: int = records.A, server: str = DNS) -> dnslib.DNSRecord:
    with room.socket(socket.SOCK_DGRAM) as client:
        answer = dnslib.DNSRecord.parse(await room.ask(client, server, 53, wire.query(name, type, 77)))
    assert answer.header.id == 77
    return answer


async def resolve_tcp(room: Room, name: str, type: int = records.A) -> dnslib.DNSRecord:
    loop = asyncio.get_running_loop()
    question = wire.query(name, type, 78)
    with room.socket() as client:
        async with asyncio.timeout(DEADLINE):
            await loop.sock_connect(client, (DNS, 53))
            await loop.sock_sendall(client, len(question).to_bytes(2, "big") + question)
            data = b""
            while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
                data += await loop.sock_recv(client, 65535)
    return dnslib.DNSRecord.parse(data[2:])


async def test_a_service_by_name_from_a_pod_and_from_the_node(network: PodNetwork, node: Room, pod: Room) -> None:
    await publish(network, service())
    for room, server in ((pod, DNS), (node, DNS), (pod, "10.244.1.1")):
        answer = await resolve(room, "web.default.svc.cluster.local", server=server)
        assert [str(rr.rdata) for rr in answer.rr] == ["10.96.5.5"]
    network.on_service(service(), None)
    gone = await resolve(pod, "web.default.svc.cluster.local")
    assert gone.header.rcode == records.NXDOMAIN


async def test_a_long_answer_is_cut_over_udp_and_whole_over_tcp(network: PodNetwork, pod: Room) -> None:
    addresses = [f"10.244.7.{n}" for n in range(1, 101)]
    await publish(network, service(clusterIP="None", clusterIPs=["None"]), endpointslice(*addresses))
    cut = await resolve(pod, "web.default.svc.cluster.local")
    assert cut.header.tc == 1
    assert not cut.rr
    whole = await resolve_tcp(pod, "web.default.svc.cluster.local")
    assert sorted(str(rr.rdata) for rr in whole.rr) == sorted(addresses)


async def test_other_names_are_asked_of_the_hosts_nameservers(
    network: PodNetwork, pod: Room, outside: Room, tmp_path: Path
) -> None:
    """The first nameserver is dead, the second answers."""
    (tmp_path / "resolv.conf").write_text(f"nameserver {DNS}\nnameserver 192.168.77.254\nnameserver {OUTSIDE_IP}\n")
    external = {"metadata": {"name": "far", "namespace": "default"}, "spec": {"type": "ExternalName"}}
    external["spec"]["externalName"] = "example.org"  # type: ignore[index]
    await publish(network, external)
    upstream = Upstream()
    listening = outside.socket(socket.SOCK_DGRAM, bind=(OUTSIDE_IP, 53))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: upstream, sock=listening)
    try:
        answer = await resolve(pod, "example.org")
        assert [str(rr.rdata) for rr in answer.rr] == ["203.0.113.1"]
        followed = await resolve(pod, "far.default.svc.cluster.local")
        assert [str(rr.rdata) for rr in followed.rr] == ["example.org.", "203.0.113.1"]
    finally:
        transport.close()
    assert upstream.asked == ["example.org.", "example.org."]


async def test_without_a_nameserver_other_names_fail_at_once(network: PodNetwork, pod: Room) -> None:
    answer = await resolve(pod, "example.org")
    assert answer.header.rcode == wire.SERVFAIL


async def test_before_the_cluster_is_known_its_names_fail_rather_than_not_exist(
    node: Room, outside: Room, tmp_path: Path
) -> None:
    with standing_in(node):
        network = PodNetwork("node-1", NODE_IP, DNS, "cluster.local")
        await network.start()
        try:
            answer = await resolve(node, "web.default.svc.cluster.local")
        finally:
            await network.stop()
    assert answer.header.rcode == wire.SERVFAIL


async def test_nonsense_is_answered_or_ignored_and_the_server_lives(network: PodNetwork, pod: Room) -> None:
    with pod.socket(socket.SOCK_DGRAM) as client:
        answer = await pod.ask(client, DNS, 53, b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xff\xff\xff")
        assert answer[:2] == b"\x12\x34"
        assert answer[3] & 0xF == wire.FORMERR
    assert (await resolve(pod, "ns.dns.cluster.local")).rr


async def test_the_self_check_leaves_no_trace(node: Room, outside: Room, tmp_path: Path) -> None:
    async with running(node, "node-1", NODE_IP, "10.244.1.0/24", tmp_path) as network:
        async with asyncio.timeout(DEADLINE):
            await network.checked.wait()
        assert network.problem == ""
        assert "veth" not in node.run("ip", "-d", "link", "show", "master", "pinnace0")


class Upstream(asyncio.DatagramProtocol):
    """A nameserver that knows one name."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = dnslib.DNSRecord.parse(data)
        self.asked.append(str(question.q.qname))
        answer = question.reply()
        answer.add_answer(dnslib.RR(str(question.q.qname), rdata=dnslib.A("203.0.113.1"), ttl=60))
        self.transport.sendto(answer.pack(), addr)
