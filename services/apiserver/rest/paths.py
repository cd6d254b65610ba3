"""From the path of a URL to what it names.

Split by hand: a router of patterns costs more than the handler behind it.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote

from services.apiserver.request import Target
from services.objects.errors import NotFound
from services.objects.kinds.registry import Registry


class Resource(NamedTuple):
    """A path below /api or /apis; `rest` is what follows the subresource (of a proxy)."""

    target: Target
    rest: str = ""


def resource(kinds: Registry, path: str) -> Resource | None:
    """None when the path is not that of a resource (discovery and the like). Raises NotFound."""
    if "%" in path:
        parts = [unquote(part) for part in path.split("/")]
        if any("/" in part for part in parts):
            raise NotFound.path()
    else:
        parts = path.split("/")
    if parts[-1] == "":
        parts.pop()
    if len(parts) < 4:
        return None
    if parts[1] == "api":
        group, version, rest = "", parts[2], parts[3:]
    elif parts[1] == "apis" and len(parts) > 4:
        group, version, rest = parts[2], parts[3], parts[4:]
    else:
        return None
    return _resource(kinds, group, version, rest)


def _resource(kinds: Registry, group: str, version: str, parts: list[str]) -> Resource:
    namespace = ""
    # namespaces/NAME/status and namespaces/NAME/finalize are subresources of the namespace itself.
    if parts[0] == "namespaces" and len(parts) > 2 and not (len(parts) == 3 and parts[2] in ("status", "finalize")):
        namespace, parts = parts[1], parts[2:]
        if not namespace:
            raise NotFound.path()
    kind = kinds.by_resource(group, version, parts[0])
    if kind is None or (namespace and not kind.namespaced):
        raise NotFound.path()
    name = parts[1] if len(parts) > 1 else ""
    if len(parts) > 1 and (not name or (kind.namespaced and not namespace)):
        raise NotFound.path()
    subresource = parts[2] if len(parts) > 2 else ""
    if len(parts) > 3 and subresource != "proxy":
        raise NotFound.path()
    return Resource(Target(kind, namespace, name, subresource), "/".join(parts[3:]))
