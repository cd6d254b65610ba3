"""The zone against the Kubernetes DNS specification."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from services.node_agent.network.dns import records
from services.node_agent.network.dns.records import AAAA, ANY, CNAME, NOERROR, NS, NXDOMAIN, PTR, SRV, TXT, A, Zone
from services.objects.meta import Obj


def service(name: str, **spec: object) -> Obj:
    return {"metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def endpointslice(name: str, owner: str, *endpoints: Obj, ports: tuple[Obj, ...] = ()) -> Obj:
    return {
        "metadata": {"name": name, "namespace": "shop", "labels": {"kubernetes.io/service-name": owner}},
        "addressType": "IPv4",
        "endpoints": list(endpoints),
        "ports": list(ports),
    }


def endpoint(address: str, hostname: str = "", ready: bool | None = True) -> Obj:
    made: Obj = {"addresses": [address], "conditions": {} if ready is None else {"ready": ready}}
    return {**made, "hostname": hostname} if hostname else made


@pytest.fixture
def zone() -> Zone:
    zone = Zone("cluster.local", "10.96.0.10")
    http = {"name": "http", "port": 80, "protocol": "TCP"}
    zone.set_service(service("web", clusterIP="10.96.1.1", clusterIPs=["10.96.1.1"], ports=[http, {"port": 9}]))
    zone.set_service(service("db", clusterIP="None", clusterIPs=["None"], ports=[{"name": "sql", "port": 5432}]))
    zone.set_slice(
        endpointslice(
            "db-1",
            "db",
            endpoint("10.244.1.2", "db-0"),
            endpoint("10.244.1.3", ready=None),
            endpoint("10.244.1.4", ready=False),
            ports=({"name": "sql", "port": 5432, "protocol": "TCP"},),
        )
    )
    zone.set_service(service("far", type="ExternalName", externalName="example.org."))
    zone.set_service(service("near", type="ExternalName", externalName="web.shop.svc.cluster.local"))
    return zone


def found(zone: Zone, name: str, type: int = A) -> list[object]:
    answer = zone.answer(name, type)
    assert answer is not None
    assert answer.code == NOERROR
    return [record.data for record in answer.records]


@pytest.mark.parametrize(
    ("name", "type", "expected"),
    [
        ("web.shop.svc.cluster.local", A, ["10.96.1.1"]),
        ("WEB.Shop.svc.Cluster.LOCAL", A, ["10.96.1.1"]),
        ("web.shop.svc.cluster.local", AAAA, []),
        ("_http._tcp.web.shop.svc.cluster.local", SRV, [(0, 100, 80, "web.shop.svc.cluster.local")]),
        ("_http._tcp.web.shop.svc.cluster.local", A, []),
        ("db.shop.svc.cluster.local", A, ["10.244.1.2", "10.244.1.3"]),
        ("db-0.db.shop.svc.cluster.local", A, ["10.244.1.2"]),
        ("10-244-1-3.db.shop.svc.cluster.local", A, ["10.244.1.3"]),
        ("1.1.96.10.in-addr.arpa", PTR, ["web.shop.svc.cluster.local"]),
        ("2.1.244.10.in-addr.arpa", PTR, ["db-0.db.shop.svc.cluster.local"]),
        ("10-1-2-3.shop.pod.cluster.local", A, ["10.1.2.3"]),
        ("10-1-2-3.shop.pod.cluster.local", AAAA, []),
        ("far.shop.svc.cluster.local", CNAME, ["example.org"]),
        ("near.shop.svc.cluster.local", A, ["web.shop.svc.cluster.local", "10.96.1.1"]),
        ("near.shop.svc.cluster.local", AAAA, ["web.shop.svc.cluster.local"]),
        ("dns-version.cluster.local", TXT, ["1.1.0"]),
        ("cluster.local", NS, ["ns.dns.cluster.local"]),
        ("ns.dns.cluster.local", A, ["10.96.0.10"]),
        ("web.shop.svc.cluster.local", ANY, ["10.96.1.1"]),
        # What only has names below it exists too (RFC 8020).
        ("shop.svc.cluster.local", A, []),
        ("_tcp.web.shop.svc.cluster.local", SRV, []),
        ("svc.cluster.local", A, []),
        ("pod.cluster.local", A, []),
        ("cluster.local", A, []),
    ],
)
def test_answers(zone: Zone, name: str, type: int, expected: list[object]) -> None:
    assert found(zone, name, type) == expected


@pytest.mark.parametrize(
    "name",
    [
        "nobody.shop.svc.cluster.local",
        "web.elsewhere.svc.cluster.local",
        "elsewhere.svc.cluster.local",
        "web.shop.cluster.local",
        "_https._tcp.web.shop.svc.cluster.local",
        "10-244-1-4.db.shop.svc.cluster.local",  # not ready
        "10-1-2-999.shop.pod.cluster.local",
        "example.org.cluster.local",
        "web.shop.svc.cluster.local.shop.svc.cluster.local",
    ],
)
def test_names_that_do_not_exist(zone: Zone, name: str) -> None:
    answer = zone.answer(name, A)
    assert answer is not None
    assert answer.code == NXDOMAIN


@pytest.mark.parametrize("name", ["example.org", "local", "xcluster.local", "", "53.2.0.192.in-addr.arpa"])
def test_names_of_others(zone: Zone, name: str) -> None:
    assert zone.answer(name, A) is None


def test_an_external_name_has_to_be_chased(zone: Zone) -> None:
    answer = zone.answer("far.shop.svc.cluster.local", A)
    assert answer is not None
    assert answer.chase == "example.org"
    assert [record.type for record in answer.records] == [CNAME]


def test_external_names_that_go_round_end() -> None:
    zone = Zone("cluster.local", "10.96.0.10")
    zone.set_service(service("a", type="ExternalName", externalName="b.shop.svc.cluster.local"))
    zone.set_service(service("b", type="ExternalName", externalName="a.shop.svc.cluster.local"))
    answer = zone.answer("a.shop.svc.cluster.local", A)
    assert answer is not None
    assert len(answer.records) < 20


def test_a_headless_services_srv_points_to_its_endpoints_with_their_addresses(zone: Zone) -> None:
    answer = zone.answer("_sql._tcp.db.shop.svc.cluster.local", SRV)
    assert answer is not None
    targets = [record.data[3] for record in answer.records if isinstance(record.data, tuple)]
    assert targets == ["db-0.db.shop.svc.cluster.local", "10-244-1-3.db.shop.svc.cluster.local"]
    assert [(record.name, record.data) for record in answer.extra] == [
        ("db-0.db.shop.svc.cluster.local", "10.244.1.2"),
        ("10-244-1-3.db.shop.svc.cluster.local", "10.244.1.3"),
    ]


def test_reverse_names_of_the_clusters_own_networks_are_not_asked_of_others(zone: Zone) -> None:
    assert zone.answer("9.1.244.10.in-addr.arpa", PTR) is None
    zone.networks = (IPv4Network("10.244.1.0/24"),)
    answer = zone.answer("9.1.244.10.in-addr.arpa", PTR)
    assert answer is not None
    assert answer.code == NXDOMAIN


def test_what_is_removed_leaves_nothing(zone: Zone) -> None:
    empty = Zone("cluster.local", "10.96.0.10")
    for name in ("web", "db", "far", "near"):
        zone.remove_service("shop", name)
        zone.remove_service("shop", name)
    zone.remove_slice("shop", "db-1")
    zone.remove_slice("shop", "db-1")
    assert vars(zone) == vars(empty)


def test_the_order_of_service_and_slice_does_not_matter() -> None:
    first, second = Zone("cluster.local", "10.96.0.10"), Zone("cluster.local", "10.96.0.10")
    headless, piece = service("db", clusterIP="None"), endpointslice("db-1", "db", endpoint("10.244.1.2"))
    first.set_service(headless)
    first.set_slice(piece)
    second.set_slice(piece)
    second.set_service(headless)
    assert vars(first) == vars(second)


def test_a_slice_that_changes_its_service_moves() -> None:
    zone = Zone("cluster.local", "10.96.0.10")
    for name in ("db", "other"):
        zone.set_service(service(name, clusterIP="None"))
    zone.set_slice(endpointslice("s", "db", endpoint("10.244.1.2")))
    zone.set_slice(endpointslice("s", "other", endpoint("10.244.1.2")))
    assert found(zone, "other.shop.svc.cluster.local") == ["10.244.1.2"]
    answer = zone.answer("db.shop.svc.cluster.local", A)
    assert answer is not None
    assert answer.code == NXDOMAIN


def test_a_pod_in_two_slices_is_named_once() -> None:
    zone = Zone("cluster.local", "10.96.0.10")
    zone.set_service(service("db", clusterIP="None"))
    for name in ("a", "b"):
        zone.set_slice(endpointslice(name, "db", endpoint("10.244.1.2")))
    assert found(zone, "db.shop.svc.cluster.local") == ["10.244.1.2"]


def test_reverse_name() -> None:
    assert records.reverse_name("10.96.0.1") == "1.0.96.10.in-addr.arpa"
