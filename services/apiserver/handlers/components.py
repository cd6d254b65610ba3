"""ComponentStatuses: found out when somebody asks, from what etcd says.

Kubernetes asks each component's health port. Ours listen where they like and dial out, but every one that works leads
its election or stands in line, so a component is well while somebody leads: no address to configure, and no answer of
a process that is up and has lost its place. That etcd is well is told by its having answered.
"""

from __future__ import annotations

from collections.abc import Callable

import orjson

from services.apiserver.handlers.core import Core, not_found
from services.apiserver.handlers.reading import Listing
from services.apiserver.request import ListOptions, Target
from services.objects import selectors
from services.objects.errors import BadRequest
from services.objects.kinds.core.componentstatus import component_status
from services.storage import keys

_LEADERS = {"scheduler": "scheduler", "controller-manager": "controller-manager"}  # component -> its election
_ETCD = "etcd-0"
_ABSENT = "nobody leads: no such process stands for election"


async def get_component(core: Core, target: Target) -> bytes:
    """Raises NotFound."""
    for name, json in (await _components(core)).items():
        if name == target.name:
            return json
    raise not_found(target)


async def list_components(core: Core, target: Target, options: ListOptions) -> Listing:
    """Not in pages, there being so few."""
    if options.continue_:
        raise BadRequest("continue key is not valid: componentstatuses come in one page")
    labels, fields = selectors.parse_label(options.label_selector), selectors.parse_field(options.field_selector)
    found = await _components(core)
    items = [json for name, json in found.items() if labels.matches({}) and fields.matches(_fields_of(name))]
    return Listing(core.cache.resource_version, "", 0, items)


def _fields_of(name: str) -> Callable[[str], str]:
    return lambda path: name if path == "metadata.name" else ""


async def _components(core: Core) -> dict[str, bytes]:
    found = {}
    for name, election in _LEADERS.items():
        page = await core.reader.range(keys.election(election), limit=1)
        found[name] = component_status(name, None if page.entries else _ABSENT)
    found[_ETCD] = component_status(_ETCD, None)
    return {name: orjson.dumps(component) for name, component in found.items()}
