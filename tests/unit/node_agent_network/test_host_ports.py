"""Which ports of the node lead to which pod, and from when until when."""

from __future__ import annotations

from typing import Any

import pytest

from services.node_agent.network.proxy.balance import Balance
from services.node_agent.network.proxy.host_ports import HostPort, HostPorts, host_ports_of
from services.node_agent.network.proxy.ruleset import (
    HAIRPINS,
    HOST_IP_PORTS,
    HOST_PORTS,
    Interfaces,
    Ruleset,
    change,
    replacement,
)
from services.objects.meta import Obj


def pod(*ports: Obj, name: str = "web", created: str = "2026-01-01T00:00:00Z", **spec: Any) -> Obj:
    metadata = {"name": name, "namespace": "shop", "uid": f"uid-{name}", "creationTimestamp": created}
    return {"metadata": metadata, "spec": {"containers": [{"name": "main", "ports": list(ports)}], **spec}}


def port(number: int = 8080, target: int = 80, **more: Any) -> Obj:
    return {"hostPort": number, "containerPort": target, "protocol": "TCP", **more}


def elements(host_ports: HostPorts) -> dict[tuple[str, str], str]:
    ruleset, _ = Balance("here", "10.96.0.10").ruleset(host_ports.shares())
    assert not ruleset.chains
    return {key: value for key, value in ruleset.elements.items() if key[0] != HAIRPINS}


@pytest.mark.parametrize(
    ("given", "ports"),
    [
        (pod(port()), [HostPort("", "TCP", 8080, 80)]),
        (pod({"containerPort": 80}), []),
        (pod(port(hostIP="0.0.0.0")), [HostPort("", "TCP", 8080, 80)]),
        (pod(port(hostIP="192.0.2.7", protocol="SCTP")), [HostPort("192.0.2.7", "SCTP", 8080, 80)]),
        (pod(port(hostIP="::1"), port(hostIP="0.0.0.0 : 1.1.1.1 . 1 }; flush ruleset #")), []),
        (pod(port(), hostNetwork=True), []),
        (pod(initContainers=[{"ports": [port(1)]}, {"restartPolicy": "Always", "ports": [port(2)]}]),
         [HostPort("", "TCP", 2, 80)]),
    ],
)  # fmt: skip
def test_ports_of_a_pod(given: Obj, ports: list[HostPort]) -> None:
    assert list(host_ports_of(given)) == ports


def test_a_port_leads_to_its_pod_while_both_are_there() -> None:
    host_ports = HostPorts()
    web = pod(port(), port(53, 5353, protocol="UDP", hostIP="127.0.0.1"))
    assert not host_ports.set_pod(web), "nothing is led to a pod without address"
    assert elements(host_ports) == {}
    assert host_ports.attach("uid-web", "10.244.1.2")
    assert not host_ports.attach("uid-web", "10.244.1.2")
    assert not host_ports.set_pod({**web, "status": {"phase": "Running"}})
    ruleset, flows = Balance("here", "10.96.0.10").ruleset(host_ports.shares())
    assert ruleset == Ruleset({}, {
        (HOST_PORTS, "tcp . 8080"): "10.244.1.2 . 80",
        (HOST_IP_PORTS, "127.0.0.1 . udp . 53"): "10.244.1.2 . 5353",
        (HAIRPINS, "10.244.1.2 . 10.244.1.2"): "",
    }, {})  # fmt: skip
    assert flows == {("127.0.0.1", 53): {("10.244.1.2", 5353)}}
    assert host_ports.detach("uid-web")
    assert not host_ports.detach("uid-web")
    assert elements(host_ports) == {}
    assert host_ports.attach("uid-web", "10.244.1.3"), "a new sandbox"
    assert elements(host_ports)[HOST_PORTS, "tcp . 8080"] == "10.244.1.3 . 80"
    assert host_ports.remove_pod("uid-web")
    assert not host_ports.remove_pod("uid-web")
    assert elements(host_ports) == {}


def test_pods_without_host_ports_change_no_rule() -> None:
    host_ports = HostPorts()
    assert not host_ports.set_pod(pod({"containerPort": 80}))
    assert not host_ports.attach("uid-web", "10.244.1.2")
    assert not host_ports.detach("uid-web")
    assert not host_ports.remove_pod("uid-web")


def test_of_two_pods_that_claim_a_port_the_older_keeps_it() -> None:
    host_ports = HostPorts()
    for made, address in ((pod(port(), name="new", created="2026-01-02T00:00:00Z"), "10.244.1.3"),
                          (pod(port(), name="old"), "10.244.1.2")):  # fmt: skip
        host_ports.set_pod(made)
        host_ports.attach(made["metadata"]["uid"], address)
    assert elements(host_ports) == {(HOST_PORTS, "tcp . 8080"): "10.244.1.2 . 80"}
    host_ports.remove_pod("uid-old")
    assert elements(host_ports) == {(HOST_PORTS, "tcp . 8080"): "10.244.1.3 . 80"}


def test_a_pod_that_takes_a_port_over_is_one_change() -> None:
    before = Ruleset({}, {(HOST_PORTS, "tcp . 80"): "10.244.1.2 . 80"}, {})
    after = Ruleset({}, {(HOST_PORTS, "tcp . 80"): "10.244.1.3 . 80"}, {})
    assert change("t", before, after).splitlines() == [
        "delete element ip t host-ports { tcp . 80 }",
        "add element ip t host-ports { tcp . 80 : 10.244.1.3 . 80 }",
    ]


def test_host_ports_are_looked_up_after_services_and_never_for_the_clusters_dns() -> None:
    lines = replacement("t", Interfaces("br9", "192.0.2.1", "10.96.0.10"), Ruleset()).splitlines()
    services = [line for line in lines if line.startswith("add rule ip t services ")]
    nodeports, specific, anywhere = services[-3:]
    assert "@service-nodeports" in nodeports
    assert "@host-ip-ports" in specific
    assert "@host-ports" in anywhere
    assert all("fib daddr type local ip daddr != 10.96.0.10 " in line for line in (specific, anywhere))
