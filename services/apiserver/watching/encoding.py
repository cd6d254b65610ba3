"""Bytes of objects: how they are stored, and how the resourceVersion gets into them without parsing.

A stored value has apiVersion, kind and metadata first, in this order, so the first `"metadata":{` is the object's own
and a resourceVersion is spliced in behind it. Parsing and printing the object again for one field was rejected: it
costs more than everything else a read does.
"""

from __future__ import annotations

import orjson

from services.objects.meta import Obj

_METADATA = b'"metadata":{'
_SPLICED = b'"metadata":{"resourceVersion":"'


def encode(obj: Obj) -> bytes:
    """The value to store: without resourceVersion, and what `splice` relies on first. `obj` is not changed."""
    ordered: Obj = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": None}
    ordered.update(obj)
    metadata = ordered["metadata"]
    if "resourceVersion" in metadata:
        metadata = dict(metadata)
        del metadata["resourceVersion"]
        ordered["metadata"] = metadata
    return orjson.dumps(ordered)


def splice(value: bytes, resource_version: int) -> bytes:
    """The stored `value` as users see it at this resourceVersion."""
    at = value.index(_METADATA) + len(_METADATA)
    return b'%b"resourceVersion":"%d",%b' % (value[:at], resource_version, value[at:])


def respliced(json: bytes, resource_version: int) -> bytes:
    """What `splice` made, at another resourceVersion: that of its deletion."""
    at = json.index(_SPLICED) + len(_SPLICED)
    return b"%b%d%b" % (json[:at], resource_version, json[json.index(b'"', at):])
