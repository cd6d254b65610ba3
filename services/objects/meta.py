"""What every object has: apiVersion, kind and metadata.

Objects are the JSON dicts that users sent. A class per kind was rejected: it copies every object twice, loses unknown
fields and triples the code.
"""

from __future__ import annotations

from typing import Any

Obj = dict[str, Any]


def name_of(obj: Obj) -> str:
    name: str = obj["metadata"].get("name", "")
    return name


def namespace_of(obj: Obj) -> str:
    """The namespace, "" for cluster-scoped objects."""
    namespace: str = obj["metadata"].get("namespace", "")
    return namespace


def uid_of(obj: Obj) -> str:
    uid: str = obj["metadata"].get("uid", "")
    return uid


def key_of(obj: Obj) -> tuple[str, str]:
    """(namespace, name): what identifies an object within its kind."""
    return namespace_of(obj), name_of(obj)


def labels_of(obj: Obj) -> dict[str, str]:
    return obj["metadata"].get("labels") or {}


def annotations_of(obj: Obj) -> dict[str, str]:
    return obj["metadata"].get("annotations") or {}


def revision_of(obj: Obj) -> int:
    """resourceVersion as the integer that it is; 0 when there is none."""
    return int(obj["metadata"].get("resourceVersion") or 0)


def is_deleting(obj: Obj) -> bool:
    return bool(obj["metadata"].get("deletionTimestamp"))
