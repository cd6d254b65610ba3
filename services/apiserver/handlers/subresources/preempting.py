"""What schedulers do to pods beside binding them, many at a time over gRPC: removing victims, saying why others wait.

Over REST both are patches of pods/status and deletions. Here the server knows what changes, so it need not parse, type
and judge a patch for each of thousands of pods.
"""

from __future__ import annotations

from typing import NamedTuple

from services.apiserver.admission.chain import Request
from services.apiserver.handlers.core import Core
from services.apiserver.handlers.writing import deleting
from services.apiserver.handlers.writing.changing import Wanted, change
from services.apiserver.request import Caller, DeleteOptions, Target, WriteOptions
from services.objects import conditions
from services.objects.errors import Conflict
from services.objects.kinds import POD
from services.objects.meta import Obj

_TARGET, _WHY = "DisruptionTarget", "PreemptionByScheduler"


class Victim(NamedTuple):
    namespace: str
    name: str
    uid: str
    message: str


class Outcome(NamedTuple):
    """Of an attempt to find a node; `nominated` is being cleared for the pod, None if nothing is known of that."""

    namespace: str
    name: str
    uid: str
    reason: str
    message: str
    nominated: str | None = None


async def preempt(core: Core, caller: Caller, victim: Victim, options: WriteOptions) -> None:
    """Raises NotFound, Conflict (another uid), FencedOff."""
    target, body = Target(POD, victim.namespace, victim.name), DeleteOptions(uid=victim.uid)
    status_target = Target(POD, victim.namespace, victim.name, "status")
    going = False

    async def transform(old: Obj, pod: Obj) -> Wanted:
        nonlocal going
        deleting.check_preconditions(target, body, old)
        going = True
        if not conditions.is_true(old, _TARGET):
            status = pod.setdefault("status", {})
            status["conditions"] = conditions.set(
                status.get("conditions"), _TARGET, "True", _WHY, victim.message, core.now())  # fmt: skip
            await core.admission.admit(Request("update", caller, status_target, pod, old, options.dry_run))
            if deleting.ends_at_once(target, body, pod):
                going = False  # nobody would see the mark of a pod that is gone: it is written first
                return Wanted(pod)
        await core.admission.admit(Request("delete", caller, target, None, old, options.dry_run))
        return deleting.deleted(core, target, body, pod)

    while not going:
        await change(core, target, transform, fence=options.fence, dry_run=options.dry_run, shallow=True)


async def report(core: Core, caller: Caller, outcome: Outcome, options: WriteOptions) -> None:
    """Raises NotFound, Conflict (another uid), FencedOff."""
    target = Target(POD, outcome.namespace, outcome.name, "status")

    async def transform(old: Obj, pod: Obj) -> Wanted:
        if outcome.uid != old["metadata"]["uid"]:
            raise Conflict.object("", "pods", outcome.name, f"Precondition failed: UID in precondition: {outcome.uid}, "
                                  f"UID in object meta: {old['metadata']['uid']}")  # fmt: skip
        if old["spec"].get("nodeName"):
            return Wanted(pod)
        status = pod.setdefault("status", {})
        status["conditions"] = conditions.set(
            status.get("conditions"), "PodScheduled", "False", outcome.reason, outcome.message, core.now())  # fmt: skip
        if outcome.nominated is not None:
            status["nominatedNodeName"] = outcome.nominated
            if not outcome.nominated:
                del status["nominatedNodeName"]
        await core.admission.admit(Request("update", caller, target, pod, old, options.dry_run))
        return Wanted(pod)

    await change(core, target, transform, fence=options.fence, dry_run=options.dry_run, shallow=True)
