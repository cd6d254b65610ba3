# ruff: noqa: E501 (a table reads best with a case per line)
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.objects.kinds import (
    CONFIGMAP,
    CONTROLLERREVISION,
    DEPLOYMENT,
    ENDPOINTS,
    ENDPOINTSLICE,
    EVENT,
    LEASE,
    NAMESPACE,
    NODE,
    REPLICASET,
    REPLICATIONCONTROLLER,
    SECRET,
    SERVICE,
    SERVICEACCOUNT,
)
from services.objects.printing.printer import Printer

NOW = datetime(2026, 1, 1, 1, 0, 0, tzinfo=UTC)
METADATA = {"name": "x", "creationTimestamp": "2026-01-01T00:00:00Z"}


def obj(**fields: Any) -> dict[str, Any]:
    metadata = METADATA | fields.pop("metadata", {})
    return {"metadata": metadata, **fields}


def service(type: str, **spec: Any) -> dict[str, Any]:
    return {"spec": {"type": type, "clusterIPs": ["10.96.0.9"], "ports": [{"port": 80, "protocol": "TCP"}], **spec}}


ADDRESSES = [{"ip": f"10.0.0.{n}"} for n in range(1, 5)]
TEMPLATE = {"spec": {"containers": [{"name": "a", "image": "i:1"}, {"name": "b", "image": "j:2"}]}}
CASES: list[tuple[Printer, dict[str, Any], list[Any]]] = [
    (NAMESPACE.printer, {"status": {"phase": "Active"}}, ["x", "Active", "60m"]),
    (CONFIGMAP.printer, {"data": {"a": "b"}, "binaryData": {"c": ""}}, ["x", 2, "60m"]),
    (CONFIGMAP.printer, {}, ["x", 0, "60m"]),
    (SECRET.printer, {"type": "Opaque", "data": {"a": "b"}}, ["x", "Opaque", 1, "60m"]),
    (SERVICEACCOUNT.printer, {"secrets": [{}]}, ["x", "60m"]),
    (LEASE.printer, {"spec": {"holderIdentity": "me"}}, ["x", "me", "60m"]),
    (LEASE.printer, {}, ["x", "", "60m"]),
    (NODE.printer, {"metadata": {"labels": {"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": "",
                                         "kubernetes.io/role": "node"}},
                 "spec": {"unschedulable": True},
                 "status": {"conditions": [{"type": "Ready", "status": "True"}],
                            "addresses": [{"type": "Hostname", "address": "n"}, {"type": "InternalIP", "address": "1.2.3.4"}],
                            "nodeInfo": {"kubeletVersion": "v1.36.0", "osImage": "Debian", "kernelVersion": "6.1",
                                         "containerRuntimeVersion": "docker://20.10"}}},
     ["x", "Ready,SchedulingDisabled", "control-plane,node,worker", "60m", "v1.36.0", "1.2.3.4", "<none>", "Debian", "6.1",
      "docker://20.10"]),
    (NODE.printer, {"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}},
     ["x", "NotReady", "<none>", "60m", "", "<none>", "<none>", "<unknown>", "<unknown>", "<unknown>"]),
    (NODE.printer, {}, ["x", "Unknown", "<none>", "60m", "", "<none>", "<none>", "<unknown>", "<unknown>", "<unknown>"]),
    (SERVICE.printer, service("ClusterIP", selector={"b": "2", "a": "1"}),
     ["x", "ClusterIP", "10.96.0.9", "<none>", "80/TCP", "60m", "a=1,b=2"]),
    (SERVICE.printer, service("ClusterIP", externalIPs=["1.1.1.1", "2.2.2.2"], clusterIPs=["None"], ports=None),
     ["x", "ClusterIP", "None", "1.1.1.1,2.2.2.2", "<none>", "60m", "<none>"]),
    (SERVICE.printer, service("NodePort", ports=[{"port": 80, "nodePort": 30080, "protocol": "TCP"},
                                                  {"port": 53, "nodePort": 30053, "protocol": "UDP"}]),
     ["x", "NodePort", "10.96.0.9", "<none>", "80:30080/TCP,53:30053/UDP", "60m", "<none>"]),
    (SERVICE.printer, service("LoadBalancer"), ["x", "LoadBalancer", "10.96.0.9", "<pending>", "80/TCP", "60m", "<none>"]),
    (SERVICE.printer, {**service("LoadBalancer", externalIPs=["9.9.9.9"]),
                        "status": {"loadBalancer": {"ingress": [{"ip": "8.8.8.8"}, {"hostname": "lb.example"}]}}},
     ["x", "LoadBalancer", "10.96.0.9", "8.8.8.8,lb.example,9.9.9.9", "80/TCP", "60m", "<none>"]),
    (SERVICE.printer, {"spec": {"type": "ExternalName", "externalName": "example.com"}},
     ["x", "ExternalName", "<none>", "example.com", "<none>", "60m", "<none>"]),
    (ENDPOINTS.printer, {}, ["x", "<none>", "60m"]),
    (ENDPOINTS.printer, {"subsets": [{"addresses": ADDRESSES[:2], "ports": [{"port": 80}, {"port": 443}]}]},
     ["x", "10.0.0.1:80,10.0.0.2:80,10.0.0.1:443 + 1 more...", "60m"]),
    (ENDPOINTS.printer, {"subsets": [{"addresses": ADDRESSES[:1]}]}, ["x", "10.0.0.1", "60m"]),
    (ENDPOINTS.printer, {"subsets": [{"addresses": [{"ip": "fd00::1"}], "ports": [{"port": 80}]}]},
     ["x", "[fd00::1]:80", "60m"]),
    (ENDPOINTS.printer, {"subsets": [{"notReadyAddresses": ADDRESSES[:1], "ports": [{"port": 80}]}]}, ["x", "", "60m"]),
    (ENDPOINTSLICE.printer, {"addressType": "IPv4", "ports": [{"port": 80}, {"name": "web"}, {}],
                              "endpoints": [{"addresses": ["10.0.0.1"]}, {"addresses": ["10.0.0.2"]}]},
     ["x", "IPv4", "80,web,*", "10.0.0.1,10.0.0.2", "60m"]),
    (ENDPOINTSLICE.printer, {"addressType": "IPv4"}, ["x", "IPv4", "<unset>", "<unset>", "60m"]),
    (DEPLOYMENT.printer, {"spec": {"replicas": 3, "template": TEMPLATE, "selector": {"matchLabels": {"app": "web"}}},
                       "status": {"readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 1}},
     ["x", "2/3", 3, 1, "60m", "a,b", "i:1,j:2", "app=web"]),
    (DEPLOYMENT.printer, {}, ["x", "0/0", 0, 0, "60m", "", "", "<nothing>"]),
    (REPLICASET.printer, {"spec": {"replicas": 2, "template": TEMPLATE, "selector": {
        "matchLabels": {"b": "1"}, "matchExpressions": [{"key": "a", "operator": "In", "values": ["y", "x"]}]}},
        "status": {"replicas": 2, "readyReplicas": 1}}, ["x", 2, 2, 1, "60m", "a,b", "i:1,j:2", "a in (x,y),b=1"]),
    (REPLICASET.printer, {"spec": {"selector": {}}}, ["x", 0, 0, 0, "60m", "", "", "<none>"]),
    (REPLICATIONCONTROLLER.printer, {"spec": {"replicas": 1, "selector": {"app": "web"}, "template": TEMPLATE}},
     ["x", 1, 0, 0, "60m", "a,b", "i:1,j:2", "app=web"]),
    (CONTROLLERREVISION.printer, {"revision": 4, "metadata": {"ownerReferences": [
        {"controller": True, "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db"}]}},
     ["x", "statefulset.apps/db", 4, "60m"]),
    (CONTROLLERREVISION.printer, {"revision": 1}, ["x", "<none>", 1, "60m"]),
    (EVENT.printer, {"type": "Warning", "reason": "Failed", "message": "no image\n", "count": 3,
                  "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:59:00Z",
                  "involvedObject": {"kind": "Pod", "name": "web", "fieldPath": "spec.containers{a}"},
                  "source": {"component": "agent", "host": "n1"}},
     ["60s", "Warning", "Failed", "pod/web", "spec.containers{a}", "agent, n1", "no image", "60m", 3, "x"]),
    (EVENT.printer, {"type": "Normal", "reason": "Scheduled", "note": "placed", "eventTime": "2026-01-01T00:58:00.000000Z",
                  "regarding": {"kind": "Pod", "name": "web"}, "reportingController": "scheduler",
                  "reportingInstance": "s1"},
     ["2m", "Normal", "Scheduled", "pod/web", "", "scheduler, s1", "placed", "2m", 1, "x"]),
    (EVENT.printer, {"series": {"count": 9, "lastObservedTime": "2026-01-01T00:59:59.000000Z"}, "involvedObject": {"kind": "Node"},
                  "eventTime": "2026-01-01T00:58:00.000000Z", "reportingComponent": "c"},
     ["1s", "", "", "node", "", "c", "", "2m", 9, "x"]),
]  # fmt: skip


@pytest.mark.parametrize(("printer", "fields", "row"), CASES)
def test_rows(printer: Printer, fields: dict[str, Any], row: list[Any]) -> None:
    assert printer.row(obj(**fields), NOW) == row
    assert len(printer.columns) == len(row)


def names(printer: Printer, *, wide: bool) -> list[str]:
    return [column.name for column in printer.columns if bool(column.priority) is wide]


@pytest.mark.parametrize(
    ("printer", "always", "wide"),
    [
        (NODE.printer, "Name Status Roles Age Version",
         "Internal-IP External-IP OS-Image Kernel-Version Container-Runtime"),
        (EVENT.printer, "Last-Seen Type Reason Object Message", "Subobject Source First-Seen Count Name"),
        (SERVICE.printer, "Name Type Cluster-IP External-IP Port(s) Age", "Selector"),
        (ENDPOINTSLICE.printer, "Name AddressType Ports Endpoints Age", ""),
        (DEPLOYMENT.printer, "Name Ready Up-to-date Available Age", "Containers Images Selector"),
        (REPLICASET.printer, "Name Desired Current Ready Age", "Containers Images Selector"),
        (CONTROLLERREVISION.printer, "Name Controller Revision Age", ""),
    ],
)  # fmt: skip
def test_columns(printer: Printer, always: str, wide: str) -> None:
    assert [name.replace(" ", "-") for name in names(printer, wide=False)] == always.split()
    assert [name.replace(" ", "-") for name in names(printer, wide=True)] == wide.split()
