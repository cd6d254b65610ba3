"""Where an object lives in etcd: `/registry/<plural>/...` in the core group, else `/registry/<group>/<plural>/...`.

Everything is below `/registry/`, elections included, so that one watch sees every change of every revision: the places
of deletions in a batch (see codec) depend on that.
"""

from __future__ import annotations

from services.objects.kinds.kind import Kind

ROOT = "/registry/"
ELECTIONS = "/registry/elections/"

# Told apart from groups by name: a group outside the built-in ones always has a dot.
_CORE = frozenset(
    {
        "bindings", "componentstatuses", "configmaps", "endpoints", "events", "limitranges", "namespaces", "nodes",
        "persistentvolumeclaims", "persistentvolumes", "pods", "podtemplates", "replicationcontrollers",
        "resourcequotas", "secrets", "serviceaccounts", "services",
    }
)  # fmt: skip

# Two faces of one stored kind: events.k8s.io/v1 and v1 Events are the same objects.
_SHARED = {("events.k8s.io", "events"): ("", "events")}


def prefix(kind: Kind, namespace: str = "") -> str:
    """All objects of a kind, or those of one namespace; ends in a slash."""
    group, plural = _SHARED.get((kind.group, kind.plural), (kind.group, kind.plural))
    whole = f"{ROOT}{group}/{plural}/" if group else f"{ROOT}{plural}/"
    return f"{whole}{namespace}/" if namespace else whole


def key(kind: Kind, namespace: str, name: str) -> str:
    return prefix(kind, namespace if kind.namespaced else "") + name


def split(key: str) -> tuple[str, str, str]:
    """(what `prefix(kind)` gives, namespace or "", name); raises ValueError for a key that is not an object's."""
    if not key.startswith(ROOT):
        raise ValueError(f"{key!r} is not below {ROOT}")
    parts = key[len(ROOT) :].split("/")
    depth = 1 if parts[0] in _CORE else 2
    rest = parts[depth:]
    if not 1 <= len(rest) <= 2 or not all(parts):
        raise ValueError(f"{key!r} is not the key of an object")
    return ROOT + "/".join(parts[:depth]) + "/", rest[0] if len(rest) == 2 else "", rest[-1]


def election(name: str) -> str:
    """Where the candidates of an election put their keys."""
    return f"{ELECTIONS}{name}/"


def range_end(prefix: str) -> bytes:
    """The first key behind all that start with the prefix, as etcd's `range_end`."""
    raw = prefix.encode()
    return raw[:-1] + bytes([raw[-1] + 1])
