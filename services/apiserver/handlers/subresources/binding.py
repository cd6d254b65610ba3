"""Binding a pod to a node: what schedulers do, one at a time over REST, many at a time over gRPC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.apiserver.admission.chain import Request
from services.apiserver.handlers.core import SUCCESS, Answer, Core
from services.apiserver.handlers.writing.changing import Changed, Wanted, change
from services.apiserver.handlers.writing.decoding import identify, place
from services.apiserver.request import Caller, Target, WriteOptions
from services.objects import times
from services.objects.errors import BadRequest, Conflict, Invalid
from services.objects.kinds import BINDING, POD
from services.objects.meta import Obj


class Bind(NamedTuple):
    namespace: str
    name: str
    uid: str
    node: str


async def bind(core: Core, caller: Caller, binding: Bind, options: WriteOptions,
               extra: Sequence[tuple[str, Obj]] = ()) -> Changed:  # fmt: skip
    """Raises NotFound, Conflict (it has a node, another uid, or is going), FencedOff. `extra`: maps of the Binding's
    metadata (labels, annotations) that the pod gets as well."""
    target = Target(POD, binding.namespace, binding.name, "binding")

    async def transform(old: Obj, pod: Obj) -> Wanted:
        await core.admission.admit(Request("update", caller, target, pod, old, options.dry_run))
        _check(binding, old)
        pod["spec"]["nodeName"] = binding.node
        for field, values in extra:
            pod["metadata"][field] = {**(pod["metadata"].get(field) or {}), **values}
        status = pod.setdefault("status", {})
        status["conditions"] = _scheduled(status.get("conditions") or [], times.rfc3339(core.now()))
        return Wanted(pod)

    return await change(core, target, transform, fence=options.fence, dry_run=options.dry_run, shallow=True)


def _check(binding: Bind, pod: Obj) -> None:
    def conflict(why: str) -> Conflict:
        return Conflict.object("", "pods/binding", binding.name, why)

    if binding.uid and pod["metadata"]["uid"] != binding.uid:
        raise conflict(f"Precondition failed: UID in precondition: {binding.uid}, "
                       f"UID in object meta: {pod['metadata']['uid']}")  # fmt: skip
    if pod["metadata"].get("deletionTimestamp"):
        raise conflict(f"pod {binding.name} is being deleted, cannot be assigned to a host")
    if pod["spec"].get("nodeName"):
        raise conflict(f'pod {binding.name} is already assigned to node "{pod["spec"]["nodeName"]}"')
    if pod["spec"].get("schedulingGates"):
        raise conflict(f"pod {binding.name} has non-empty .spec.schedulingGates")


def _scheduled(conditions: list[Obj], now: str) -> list[Obj]:
    condition = {"type": "PodScheduled", "status": "True", "lastTransitionTime": now}
    return [*(each for each in conditions if each["type"] != "PodScheduled"), condition]


async def create_binding(core: Core, caller: Caller, target: Target, body: Obj, options: WriteOptions) -> Answer:
    """POST of a Binding to pods/NAME/binding or to bindings."""
    inner = Target(BINDING, target.namespace, target.name)
    identify(BINDING, body)
    warnings = core.schema.check(BINDING, body).refuse(BINDING, options.field_validation)
    metadata = body.setdefault("metadata", {})
    place(inner, metadata)
    name = target.name or metadata.get("name") or ""
    if metadata.get("name") and metadata["name"] != name:
        raise BadRequest(f"name in URL does not match name in Binding object: {name} != {metadata['name']}")
    to = body.get("target") or {}
    causes = BINDING.validate(body)
    if causes:
        raise Invalid("", "Binding", name, causes)
    extra = [(field, metadata[field]) for field in ("labels", "annotations") if metadata.get(field)]
    await bind(core, caller, Bind(target.namespace, name, metadata.get("uid") or "", to["name"]), options, extra)
    return Answer(201, SUCCESS, warnings)
