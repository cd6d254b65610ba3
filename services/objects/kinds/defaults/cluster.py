"""The defaults of namespaces, nodes and secrets."""

from __future__ import annotations

import base64

from services.objects.meta import Obj

NAME_LABEL = "kubernetes.io/metadata.name"


def default_namespace(namespace: Obj) -> None:
    """Every namespace can be selected by its name."""
    metadata = namespace.setdefault("metadata", {})
    name = metadata.get("name")
    if name:
        metadata.setdefault("labels", {}).setdefault(NAME_LABEL, name)
    status = namespace.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Active"
    namespace.setdefault("spec", {})


def default_node(node: Obj) -> None:
    node.setdefault("spec", {})
    status = node.setdefault("status", {})
    if "allocatable" not in status and "capacity" in status:
        status["allocatable"] = dict(status["capacity"])


def default_secret(secret: Obj) -> None:
    """stringData is for writing only: it goes into data."""
    if not secret.get("type"):
        secret["type"] = "Opaque"
    texts = secret.pop("stringData", None)
    if texts:
        data = secret.setdefault("data", {})
        for key, text in texts.items():
            data[key] = base64.b64encode(text.encode("utf-8", "replace")).decode()
