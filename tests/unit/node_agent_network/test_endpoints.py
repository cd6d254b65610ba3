from __future__ import annotations

import pytest

from services.node_agent.network.proxy import endpoints
from services.node_agent.network.proxy.endpoints import Endpoint
from services.objects.meta import Obj


def endpointslice(*items: Obj, ports: list[Obj] | None = None, **more: object) -> Obj:
    standard = [{"name": "http", "port": 8080, "protocol": "TCP"}]
    return {"metadata": {"name": "s"}, "ports": standard if ports is None else ports, "endpoints": list(items), **more}


def item(address: str, node: str = "here", **conditions: bool | None) -> Obj:
    return {"addresses": [address], "nodeName": node, "conditions": conditions}


READY = Endpoint("10.0.0.1", 8080, True, True, True, False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (item("10.0.0.1", ready=True), READY),
        (item("10.0.0.1"), READY),  # unknown is ready
        ({"addresses": ["10.0.0.1"], "nodeName": "here"}, READY),
        ({"addresses": ["10.0.0.1"]}, READY._replace(local=False)),
        (item("10.0.0.1", node="there"), READY._replace(local=False)),
        (item("10.0.0.1", ready=False), READY._replace(ready=False, serving=False)),
        (
            item("10.0.0.1", ready=False, serving=True, terminating=True),
            READY._replace(ready=False, terminating=True),
        ),
    ],
)
def test_conditions(given: Obj, expected: Endpoint) -> None:
    assert endpoints.endpoints_of([endpointslice(given)], "http", "TCP", "here") == [expected]


def test_ports_match_by_name_and_protocol() -> None:
    ports = [
        {"name": "http", "port": 8080, "protocol": "TCP"},
        {"name": "http", "port": 8081, "protocol": "UDP"},
        {"name": "open", "protocol": "TCP"},
        {"port": 1},
    ]
    piece = endpointslice(item("10.0.0.1"), ports=ports)
    assert [e.port for e in endpoints.endpoints_of([piece], "http", "UDP", "here")] == [8081]
    assert [e.port for e in endpoints.endpoints_of([piece], "", "TCP", "here")] == [1]
    assert endpoints.endpoints_of([piece], "open", "TCP", "here") == []
    assert endpoints.endpoints_of([endpointslice({"addresses": []})], "http", "TCP", "here") == []


def test_each_once_in_order_the_better_news_counts() -> None:
    first = endpointslice(item("10.0.0.2"), item("10.0.0.1", ready=False))
    second = endpointslice(item("10.0.0.1"), item("10.0.0.2", ready=False))
    found = endpoints.endpoints_of([first, second], "http", "TCP", "here")
    assert [(e.address, e.ready) for e in found] == [("10.0.0.1", True), ("10.0.0.2", True)]


def test_other_address_families_are_left_alone() -> None:
    assert endpoints.endpoints_of([endpointslice(item("fd00::1"), addressType="IPv6")], "http", "TCP", "here") == []


def test_terminating_endpoints_serve_only_when_none_is_ready() -> None:
    terminating = READY._replace(ready=False, terminating=True)
    unready = READY._replace(ready=False, serving=False)
    assert endpoints.eligible([READY, terminating, unready]) == [READY]
    assert endpoints.eligible([terminating, unready]) == [terminating]
    assert endpoints.eligible([unready, READY._replace(ready=False)]) == []
