"""The tables of nodes, namespaces and the small kinds of the core group and its neighbours."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.objects import conditions
from services.objects.meta import Obj, labels_of
from services.objects.printing import cells
from services.objects.printing.generic import NAME
from services.objects.printing.printer import Column, Printer

_ROLE_PREFIX, _ROLE_LABEL = "node-role.kubernetes.io/", "kubernetes.io/role"


def _node(node: Obj, now: datetime) -> list[Any]:
    status = node.get("status") or {}
    info = status.get("nodeInfo") or {}
    return [
        node["metadata"].get("name", ""), _readiness(node), _roles(node), cells.age(node, now),
        info.get("kubeletVersion", ""), _address(status, "InternalIP"), _address(status, "ExternalIP"),
        info.get("osImage") or cells.UNKNOWN, info.get("kernelVersion") or cells.UNKNOWN,
        info.get("containerRuntimeVersion") or cells.UNKNOWN,
    ]  # fmt: skip


def _readiness(node: Obj) -> str:
    ready = conditions.get(node, "Ready")
    text = "Unknown" if ready is None else "Ready" if ready.get("status") == "True" else "NotReady"
    return f"{text},SchedulingDisabled" if (node.get("spec") or {}).get("unschedulable") else text


def _roles(node: Obj) -> str:
    roles = {key.removeprefix(_ROLE_PREFIX) for key in labels_of(node) if key.startswith(_ROLE_PREFIX)}
    roles.add(labels_of(node).get(_ROLE_LABEL, ""))
    return ",".join(sorted(roles - {""})) or cells.NONE


def _address(status: Obj, type: str) -> str:
    addresses = status.get("addresses") or ()
    return next((each.get("address", "") for each in addresses if each.get("type") == type), cells.NONE)


NODE = Printer(
    (
        NAME,
        Column("Status", description="Whether the node takes and runs pods."),
        Column("Roles", description="From the node's role labels."),
        cells.AGE,
        Column("Version", description="Of the API level that the agent serves."),
        Column("Internal-IP", priority=1, description="Its address inside the cluster."),
        Column("External-IP", priority=1, description="Its address outside."),
        Column("OS-Image", priority=1, description="The operating system."),
        Column("Kernel-Version", priority=1, description="The kernel."),
        Column("Container-Runtime", priority=1, description="What runs containers there."),
    ),
    _node,
)


def _namespace(namespace: Obj, now: datetime) -> list[Any]:
    phase = (namespace.get("status") or {}).get("phase", "")
    return [namespace["metadata"].get("name", ""), phase, cells.age(namespace, now)]


NAMESPACE = Printer((NAME, Column("Status", description="Active or Terminating."), cells.AGE), _namespace)


def _configmap(configmap: Obj, now: datetime) -> list[Any]:
    count = len(configmap.get("data") or ()) + len(configmap.get("binaryData") or ())
    return [configmap["metadata"].get("name", ""), count, cells.age(configmap, now)]


_DATA = Column("Data", description="The number of entries.")
CONFIGMAP = Printer((NAME, _DATA, cells.AGE), _configmap)


def _secret(secret: Obj, now: datetime) -> list[Any]:
    count = len(secret.get("data") or ())
    return [secret["metadata"].get("name", ""), secret.get("type", ""), count, cells.age(secret, now)]


SECRET = Printer((NAME, Column("Type", description="Who is to read it."), _DATA, cells.AGE), _secret)


def _serviceaccount(account: Obj, now: datetime) -> list[Any]:
    return [account["metadata"].get("name", ""), cells.age(account, now)]


SERVICEACCOUNT = Printer((NAME, cells.AGE), _serviceaccount)


def _event(event: Obj, now: datetime) -> list[Any]:
    """Of either form, core/v1 or events.k8s.io/v1: they are the same object under other field names."""
    about = event.get("involvedObject") or event.get("regarding") or {}
    first_time = event.get("firstTimestamp") or event.get("deprecatedFirstTimestamp") or event.get("eventTime")
    last_time = event.get("lastTimestamp") or event.get("deprecatedLastTimestamp") or first_time
    count = event.get("count") or event.get("deprecatedCount") or 1
    series = event.get("series")
    if series:
        last_time, count = series.get("lastObservedTime"), series.get("count", 0)
    kind, name = str(about.get("kind", "")).lower(), about.get("name", "")
    return [
        cells.since(last_time, now), event.get("type", ""), event.get("reason", ""),
        f"{kind}/{name}" if name else kind, about.get("fieldPath", ""), _source(event),
        (event.get("message") or event.get("note") or "").strip(), cells.since(first_time, now), count,
        event["metadata"].get("name", ""),
    ]  # fmt: skip


def _source(event: Obj) -> str:
    source = event.get("source") or event.get("deprecatedSource") or {}
    controller = event.get("reportingComponent") or event.get("reportingController") or ""
    component = source.get("component") or controller
    instance = source.get("host") or event.get("reportingInstance") or ""
    return f"{component}, {instance}" if instance else component


EVENT = Printer(
    (
        Column("Last Seen", description="When it happened last."),
        Column("Type", description="Normal or Warning."),
        Column("Reason", description="One word for machines."),
        Column("Object", description="What it is about."),
        Column("Subobject", priority=1, description="The part it is about."),
        Column("Source", priority=1, description="Who saw it."),
        Column("Message", description="A sentence for people."),
        Column("First Seen", priority=1, description="When it happened first."),
        Column("Count", priority=1, description="How often it happened."),
        NAME._replace(priority=1),
    ),
    _event,
)


def _lease(lease: Obj, now: datetime) -> list[Any]:
    holder = (lease.get("spec") or {}).get("holderIdentity") or ""
    return [lease["metadata"].get("name", ""), holder, cells.age(lease, now)]


LEASE = Printer((NAME, Column("Holder", description="Who holds it."), cells.AGE), _lease)
