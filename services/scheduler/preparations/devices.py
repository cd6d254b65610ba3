"""Writes which devices a claim has and that a pod may use them, before the pod is bound.

A claim that was written keeps its devices when the rest fails, as in Kubernetes: the pod comes back to it. What is
taken back is the pod's reservation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from services.client.informer import Informer
from services.client.sdk import Batcher, PatchOp, UpdateOp
from services.client.sdk.messages import FenceLike, Operation
from services.foundation import log
from services.objects.errors import FencedOff, NotFound, StatusError
from services.objects.kinds.resource import RESOURCECLAIM
from services.objects.meta import Obj, uid_of
from services.scheduler.algorithm import Decision
from services.scheduler.cluster.devices.facts import ClaimKey, DeviceClaim, claim_of
from services.scheduler.cluster.devices.plan import DevicePlan, Grant
from services.scheduler.cluster.plans import Plan
from services.scheduler.preparer import PlanFailed

logger = log.get(__name__)

FINALIZER = "resource.kubernetes.io/delete-protection"

_TIMEOUT = 15.0  # seconds per call


class DeviceCarrier:
    """One for as long as the scheduler runs; each reign passes its own client and fence."""

    def __init__(self, informer: Informer) -> None:
        self._informer = informer
        self._misplaced: dict[ClaimKey, DeviceClaim] = {}
        self._work = asyncio.Event()

    def give_back(self, claims: Iterable[DeviceClaim]) -> None:
        """Of pods that find no node where the claims' devices are."""
        for claim in claims:
            self._misplaced[claim.namespace, claim.name] = claim
            self._work.set()

    async def run(self, client: Batcher, fence: FenceLike) -> None:
        """Takes the devices from those claims. Until cancelled; raises FencedOff when somebody else leads."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._misplaced:
                await self._empty(client, fence, self._misplaced.popitem()[1])

    async def carry_out(self, client: Batcher, fence: FenceLike, decision: Decision, plan: Plan) -> None:
        """Raises PlanFailed; FencedOff when somebody else leads."""
        assert isinstance(plan, DevicePlan)
        done: list[Grant] = []
        try:
            for grant in plan.grants:
                await self._grant(client, fence, plan, grant)
                done.append(grant)
        except FencedOff:
            raise
        except StatusError as error:
            await self._take_back(client, fence, plan, done)
            raise PlanFailed(f'running PreBind plugin "DynamicResources": {error.message}') from None

    async def _grant(self, client: Batcher, fence: FenceLike, plan: DevicePlan, grant: Grant) -> None:
        """An allocation is written onto the claim as it was seen; a reservation beside those of others."""
        user = {"resource": "pods", "name": plan.pod, "uid": plan.uid}
        namespace, name = grant.key
        if grant.status is None:
            seen = self._informer.store(RESOURCECLAIM).get(namespace, name)
            if seen is not None and user in ((seen.get("status") or {}).get("reservedFor") or ()):
                return
            patch = {"metadata": {"uid": grant.uid}, "status": {"reservedFor": [user]}}
            await self._write(client, fence, PatchOp(RESOURCECLAIM, namespace, name, patch, "strategic", "status"))
            return
        claim = self._informer.store(RESOURCECLAIM).get(namespace, name)
        if claim is None or uid_of(claim) != grant.uid:
            raise NotFound.object(RESOURCECLAIM.group, RESOURCECLAIM.plural, name)
        finalizers = claim["metadata"].get("finalizers") or []
        if FINALIZER not in finalizers:
            protected = {**claim["metadata"], "finalizers": [*finalizers, FINALIZER]}
            claim = await self._write(client, fence, UpdateOp(RESOURCECLAIM, {**claim, "metadata": protected}))
        status = {**(claim.get("status") or {}), "allocation": grant.status, "reservedFor": [user]}
        await self._write(client, fence, UpdateOp(RESOURCECLAIM, {**claim, "status": status}, "status"))

    async def _empty(self, client: Batcher, fence: FenceLike, claim: DeviceClaim) -> None:
        """Unless it has changed since."""
        seen = self._informer.store(RESOURCECLAIM).get(claim.namespace, claim.name)
        if seen is None or claim_of(seen) != claim:
            return
        status = {name: value for name, value in seen["status"].items() if name not in ("allocation", "reservedFor")}
        try:
            await self._write(client, fence, UpdateOp(RESOURCECLAIM, {**seen, "status": status}, "status"))
        except FencedOff:
            raise
        except StatusError as error:
            logger.info("a claim keeps its devices", claim=claim.name, error=error.message)

    async def _take_back(self, client: Batcher, fence: FenceLike, plan: DevicePlan, grants: list[Grant]) -> None:
        """What cannot be taken back now holds no more than the pod, which keeps it when it comes back."""
        patch = {"status": {"reservedFor": [{"$patch": "delete", "uid": plan.uid}]}}
        for grant in grants:
            (answer,) = await client.batch([PatchOp(RESOURCECLAIM, *grant.key, patch, "strategic", "status")], fence,
                                           timeout=_TIMEOUT)  # fmt: skip
            if isinstance(answer, FencedOff):
                raise answer
            if isinstance(answer, StatusError):
                logger.info("a reservation stays", claim=grant.key[1], pod=plan.pod, error=answer.message)

    async def _write(self, client: Batcher, fence: FenceLike, operation: Operation) -> Obj:
        (answer,) = await client.batch([operation], fence, timeout=_TIMEOUT)
        if isinstance(answer, StatusError):
            raise answer
        return answer
