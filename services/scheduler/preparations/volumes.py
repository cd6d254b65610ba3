"""Writes which volume a claim gets, or for which node one is to be made, and waits until the claims are bound.

Binding them is the work of the controller of volumes and of provisioners; what they do is seen through the informer,
not asked for again and again. What was written stays written when the rest fails, as in Kubernetes: the claim keeps its
volume, and the pod comes back to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from services.client.informer import Informer
from services.client.sdk import Batcher, UpdateOp
from services.client.sdk.messages import FenceLike
from services.objects.errors import FencedOff, StatusError
from services.objects.kinds import NODE, PERSISTENTVOLUME, PERSISTENTVOLUMECLAIM
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj, annotations_of, key_of, revision_of, uid_of
from services.scheduler.algorithm import Decision
from services.scheduler.cluster import storage
from services.scheduler.cluster.plans import Plan
from services.scheduler.cluster.storage import BOUND_BY_CONTROLLER, SELECTED_NODE, Claim
from services.scheduler.cluster.volumeplan import VolumePlan
from services.scheduler.plugins.volumes.reach import reachable
from services.scheduler.preparer import PlanFailed
from services.scheduler.state import State

_TIMEOUT = 15.0  # seconds per call
_Target = tuple[Kind, str, str]


class VolumeCarrier:
    """One for as long as the scheduler runs; each reign passes its own client and fence."""

    def __init__(self, informer: Informer, state: State) -> None:
        self._informer = informer
        self._state = state
        self._listeners: dict[_Target, set[asyncio.Event]] = {}
        for kind in (NODE, PERSISTENTVOLUME, PERSISTENTVOLUMECLAIM):
            informer.subscribe(kind, partial(self._seen, kind))

    async def carry_out(self, client: Batcher, fence: FenceLike, decision: Decision, plan: Plan) -> None:
        """Raises PlanFailed; FencedOff when somebody else leads."""
        assert isinstance(plan, VolumePlan)
        try:
            revisions = await self._write(client, fence, plan)
            async with asyncio.timeout(plan.timeout):
                await self._until_bound(plan, revisions)
        except FencedOff:
            raise
        except (_Impossible, StatusError) as error:
            raise PlanFailed(_message(str(error))) from None
        except TimeoutError:
            raise PlanFailed(_message("binding volumes: context deadline exceeded")) from None

    async def _write(self, client: Batcher, fence: FenceLike, plan: VolumePlan) -> dict[_Target, int]:
        """The resourceVersions of what was written. What is as it should be already is left alone."""
        wanted = [(PERSISTENTVOLUME, *self._bound(name, claim)) for name, claim in plan.bindings]
        wanted += [(PERSISTENTVOLUMECLAIM, *self._selected(claim, plan.node)) for claim in plan.provisions]
        revisions: dict[_Target, int] = {}
        for kind, old, new in wanted:
            if new != old:
                (answer,) = await client.batch([UpdateOp(kind, new)], fence, timeout=_TIMEOUT)
                if isinstance(answer, StatusError):
                    raise answer
                revisions[kind, *key_of(new)] = revision_of(answer)
        return revisions

    def _bound(self, name: str, claim: Claim) -> tuple[Obj, Obj]:
        """The volume as it is, and as it is to be. A claimRef that somebody else made is only completed."""
        old = self._informer.store(PERSISTENTVOLUME).get("", name)
        if old is None:
            raise _Impossible(f'persistentvolumes "{name}" not found')
        known, new = storage.volume(old).claim, old
        if known is None or not known.means(claim):
            new = _annotated(new, BOUND_BY_CONTROLLER, "yes")
        if known != claim.reference:
            seen = self._claim(claim)
            reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": claim.namespace,
                         "name": claim.name, "uid": claim.uid,
                         "resourceVersion": seen["metadata"]["resourceVersion"]}  # fmt: skip
            new = {**new, "spec": {**new["spec"], "claimRef": reference}}
        return old, new

    def _selected(self, claim: Claim, node: str) -> tuple[Obj, Obj]:
        """The claim as it is, and as it is to be."""
        old = self._claim(claim)
        return old, old if annotations_of(old).get(SELECTED_NODE) == node else _annotated(old, SELECTED_NODE, node)

    def _claim(self, claim: Claim) -> Obj:
        seen = self._informer.store(PERSISTENTVOLUMECLAIM).get(*claim.key)
        if seen is None or uid_of(seen) != claim.uid:
            raise _Impossible(f'persistentvolumeclaims "{claim.name}" not found')
        return seen

    async def _until_bound(self, plan: VolumePlan, revisions: dict[_Target, int]) -> None:
        with self._listening(plan) as news:
            while not self._is_bound(plan, revisions):
                news.clear()
                await news.wait()

    @contextmanager
    def _listening(self, plan: VolumePlan) -> Iterator[asyncio.Event]:
        """The event is set whenever something that the plan depends on has changed."""
        news = asyncio.Event()
        claims = [*plan.provisions, *(claim for _, claim in plan.bindings)]
        targets: list[_Target] = [(NODE, "", plan.node), *((PERSISTENTVOLUMECLAIM, *claim.key) for claim in claims),
                                  *((PERSISTENTVOLUME, "", name) for name, _ in plan.bindings)]  # fmt: skip
        for target in targets:
            self._listeners.setdefault(target, set()).add(news)
        try:
            yield news
        finally:
            for target in targets:
                self._listeners[target].discard(news)
                if not self._listeners[target]:
                    del self._listeners[target]

    def _seen(self, kind: Kind, old: Obj | None, new: Obj | None) -> None:
        """A claim is told of the volume that says it is its own: the one that was made for it is not known before."""
        if not self._listeners:
            return
        current = new or old or {}
        targets: list[_Target] = [(kind, *key_of(current))]
        if kind is PERSISTENTVOLUME and (reference := storage.volume(current).claim) is not None:
            targets.append((PERSISTENTVOLUMECLAIM, *reference.key))
        for target in targets:
            for listener in self._listeners.get(target, ()):
                listener.set()

    def _is_bound(self, plan: VolumePlan, revisions: dict[_Target, int]) -> bool:
        """Raises _Impossible when it will never be."""
        row = self._state.cluster.row(plan.node)
        if row is None:
            raise _Impossible(f'binding volumes: failed to get node "{plan.node}": node "{plan.node}" not found')
        for name, claim in plan.bindings:
            volume = self._current(PERSISTENTVOLUME, ("", name), "failed to check binding")
            of = self._current(PERSISTENTVOLUMECLAIM, claim.key, "failed to check binding")
            if revision_of(volume) < revisions.get((PERSISTENTVOLUME, "", name), 0):
                return False
            self._check_reach(volume, plan.node, row)
            if not (volume["spec"].get("claimRef") or {}).get("uid"):
                raise _Impossible(f'binding volumes: ClaimRef got reset for pv "{name}"')
            if not storage.claim(of).bound:
                return False
        return all(self._is_made(claim, plan.node, row, revisions) for claim in plan.provisions)

    def _is_made(self, claim: Claim, node: str, row: int, revisions: dict[_Target, int]) -> bool:
        seen = self._current(PERSISTENTVOLUMECLAIM, claim.key, "failed to check provisioning pvc")
        if revision_of(seen) < revisions.get((PERSISTENTVOLUMECLAIM, *claim.key), 0):
            return False
        notes = annotations_of(seen)
        if not notes:
            raise _Impossible(f'binding volumes: selectedNode annotation reset for PVC "{claim.name}"')
        if notes.get(SELECTED_NODE) != node:
            raise _Impossible(f'binding volumes: provisioning failed for PVC "{claim.name}"')
        current = storage.claim(seen)
        if current.volume:
            volume = self._informer.store(PERSISTENTVOLUME).get("", current.volume)
            if volume is None:
                return False  # its kind is seen later
            self._check_reach(volume, node, row)
        return current.bound

    def _current(self, kind: Kind, key: tuple[str, str], what: str) -> Obj:
        seen = self._informer.store(kind).get(*key)
        if seen is None:
            name = "/".join(filter(None, key))
            raise _Impossible(f'binding volumes: {what}: could not find v1.{kind.kind} "{name}"')
        return seen

    def _check_reach(self, volume: Obj, node: str, row: int) -> None:
        facts = storage.volume(volume)
        if not reachable(facts.affinity, self._state.cluster.columns)[row]:
            raise _Impossible(f'binding volumes: pv "{facts.name}" node affinity doesn\'t match node "{node}": '
                              "no matching NodeSelectorTerms")  # fmt: skip


class _Impossible(Exception):
    """Why claims will not be bound."""


def _message(why: str) -> str:
    return f'running PreBind plugin "VolumeBinding": {why}'


def _annotated(obj: Obj, key: str, value: str) -> Obj:
    return {**obj, "metadata": {**obj["metadata"], "annotations": {**annotations_of(obj), key: value}}}
