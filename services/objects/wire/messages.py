"""The types of protobuf messages, read from the tables.

A line of a table is a message: `core.v1.EnvVar: 1:name=s! 2:value=s 3:valueFrom=.EnvVarSource`. A field is its
number, its name in JSON and its type: s string, i integer, b boolean, y bytes, d double, or a message (a leading dot:
of the same group and version). `*` is a list, `%` a map from strings; `^` a message whose fields stand in its parent's
JSON; `!` says that a zero is a value. Other zeros are what Go's clients send for fields that were not set: they are
left out.

Texts were preferred to descriptors or generated classes: seven hundred messages are read by eye, take 60 kB, and cost
nothing until one is used.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from services.objects.wire.tables import TABLES

# The groups whose name is more than the package of their messages.
_GROUPS = {
    "admissionregistration.k8s.io": "admissionregistration", "apiextensions.k8s.io": "apiextensions",
    "apiregistration.k8s.io": "apiregistration", "authentication.k8s.io": "authentication",
    "authorization.k8s.io": "authorization", "certificates.k8s.io": "certificates",
    "coordination.k8s.io": "coordination", "discovery.k8s.io": "discovery", "events.k8s.io": "events",
    "flowcontrol.apiserver.k8s.io": "flowcontrol", "networking.k8s.io": "networking", "node.k8s.io": "node",
    "rbac.authorization.k8s.io": "rbac", "resource.k8s.io": "resource", "scheduling.k8s.io": "scheduling",
    "storage.k8s.io": "storage", "apps": "apps", "autoscaling": "autoscaling", "batch": "batch", "policy": "policy",
    "": "core",
}  # fmt: skip
# Kinds of meta/v1 that are spoken in every group: the options of requests and what answers about any kind are made of.
_EVERYWHERE = frozenset({"DeleteOptions", "WatchEvent"})
_PARTIAL = frozenset({"PartialObjectMetadata", "PartialObjectMetadataList"})


class Field(NamedTuple):
    number: int
    name: str
    type: str
    repeated: bool
    mapped: bool
    inline: bool
    keeps_zero: bool


@functools.cache
def _lines() -> dict[str, str]:
    """Message -> its fields, not yet read."""
    text = "".join(TABLES).replace("\n  ", " ")
    return {name: fields for name, _, fields in (line.partition(":") for line in text.splitlines())}


def names() -> list[str]:
    return list(_lines())


@functools.cache
def fields(message: str) -> tuple[Field, ...] | None:
    """None when there is no such message."""
    text = _lines().get(message)
    return None if text is None else tuple(_parsed(message, text))


def _parsed(message: str, text: str) -> Iterator[Field]:
    package = message.rpartition(".")[0]
    for part in text.split():
        number, _, rest = part.partition(":")
        name, _, code = rest.partition("=")
        kind = code.strip("*%!")
        yield Field(
            int(number), name.lstrip("^"), package + kind if kind.startswith(".") else kind, code.startswith("*"),
            code.startswith("%"), name.startswith("^"), code.endswith("!"))  # fmt: skip


def of(api_version: str, kind: str) -> str | None:
    """The message of a kind; None for one that protobuf does not know, such as every custom resource."""
    group, _, version = api_version.rpartition("/")
    if kind in _EVERYWHERE or (kind == "Status" and api_version == "v1"):
        return f"meta.v1.{kind}"
    if group == "meta.k8s.io":
        return f"meta.v1.{kind}" if kind in _PARTIAL else None
    package = _GROUPS.get(group)
    name = f"{package}.{version}.{kind}"
    return name if package is not None and name in _lines() else None
