"""Devices, classes and claims by name, and which devices are taken: by claims that were seen, and by plans.

What was seen is shared by all scratches, which only read it; what plans take is copied when a scratch first changes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from services.scheduler.cluster.devices.facts import Allocation, ClaimKey, Class, DeviceClaim, DeviceId, Slice
from services.scheduler.cluster.devices.pools import Pool, PoolKey, pools
from services.scheduler.cluster.happenings import Happening

Happenings = frozenset[Happening]
_NOTHING: Happenings = frozenset()
_NONE: frozenset[str] = frozenset()


class Promise(NamedTuple):
    """What plans give to a claim until it has been seen: devices, and pods (uids) that may use it."""

    uid: str
    allocation: Allocation | None
    pods: frozenset[str]


class Devices:
    """`seen` counts changes of what drivers offer and of classes; `memory` is for what is computed from these."""

    def __init__(self) -> None:
        self.slices: dict[str, Slice] = {}
        self.classes: dict[str, Class] = {}
        self._claims: dict[ClaimKey, DeviceClaim] = {}
        self.seen = 0
        self.memory: dict[Any, Any] = {}
        self._shapes: dict[object, int] = {}
        self._pools: tuple[int, dict[PoolKey, Pool]] = (0, {})
        # What plans change, too:
        self._promises: dict[ClaimKey, Promise] = {}
        self._taken: Counter[DeviceId] = Counter()
        self._taken_of: dict[PoolKey, frozenset[str]] = {}
        self._shared = False

    def scratch(self) -> Devices:
        copy = Devices.__new__(Devices)
        copy.__dict__.update(self.__dict__)
        copy._shared = True
        return copy

    @property
    def pools(self) -> Mapping[PoolKey, Pool]:
        if self._pools[0] != self.seen:
            self._pools = self.seen, pools(self.slices.values(), self._shapes)
        return self._pools[1]

    def taken(self, pool: PoolKey) -> frozenset[str]:
        """Devices of a pool that somebody has."""
        return self._taken_of.get(pool, _NONE)

    def claim(self, key: ClaimKey) -> DeviceClaim | None:
        """As it was seen, with what plans give it."""
        return self._promised(key, self._claims.get(key))

    def idle(self, key: ClaimKey, pod: str) -> DeviceClaim | None:
        """The claim, if it was seen to have devices that nobody uses, nor is about to, but perhaps the pod (uid)."""
        claim = self._claims.get(key)
        if claim is None or claim.allocation is None or key in self._promises or claim.reserved - {pod}:
            return None
        return claim

    def _promised(self, key: ClaimKey, claim: DeviceClaim | None) -> DeviceClaim | None:
        promise = self._promises.get(key)
        if claim is None or promise is None or promise.uid != claim.uid:
            return claim
        return claim._replace(allocation=claim.allocation or promise.allocation, reserved=claim.reserved | promise.pods)

    # What is seen

    def set_slice(self, name: str, new: Slice | None) -> Happenings:
        return self._set(self.slices, name, new, Happening.DEVICES_CHANGED)

    def set_class(self, name: str, new: Class | None) -> Happenings:
        return self._set(self.classes, name, new, Happening.DEVICECLASS_CHANGED)

    def _set(self, into: dict[str, Any], name: str, new: Any, happening: Happening) -> Happenings:
        if into.get(name) == new:
            return _NOTHING
        if new is None:
            del into[name]
        else:
            into[name] = new
        self.seen += 1
        self.memory.clear()
        return frozenset({happening})

    def set_claim(self, key: ClaimKey, new: DeviceClaim | None) -> Happenings:
        """What plans gave it and is now seen, or never will be, is theirs no more."""
        old = self._claims.get(key)
        if old == new:
            return _NOTHING
        self._take(self.claim(key), -1)
        if new is None:
            del self._claims[key]
        else:
            self._claims[key] = new
        promise = self._promises.get(key)
        if promise is not None and (new is None or (promise.uid != new.uid)):
            del self._promises[key]
        elif promise is not None and new is not None:
            self._keep(key, promise._replace(allocation=None if new.allocation else promise.allocation,
                                             pods=promise.pods - new.reserved))  # fmt: skip
        self._take(self.claim(key), 1)
        return frozenset({Happening.DEVICECLAIM_CHANGED})

    # What plans do

    def promise(self, key: ClaimKey, uid: str, pod: str, allocation: Allocation | None) -> None:
        """The pod (uid) may use the claim, which gets the devices unless it has some."""
        self._own()
        before = self._promises.get(key)
        if before is None or before.uid != uid:
            before = Promise(uid, None, frozenset())
        self._take(self.claim(key), -1)
        self._promises[key] = before._replace(allocation=before.allocation or allocation, pods=before.pods | {pod})
        self._take(self.claim(key), 1)

    def withdraw(self, key: ClaimKey, uid: str, pod: str) -> None:
        """Nothing happens when it was seen."""
        before = self._promises.get(key)
        if before is None or before.uid != uid or pod not in before.pods:
            return
        self._own()
        self._take(self.claim(key), -1)
        self._keep(key, before._replace(pods=before.pods - {pod}))
        self._take(self.claim(key), 1)

    def _keep(self, key: ClaimKey, promise: Promise) -> None:
        """As long as there is a pod that counts on it."""
        if promise.pods:
            self._promises[key] = promise
        else:
            del self._promises[key]

    def _own(self) -> None:
        if self._shared:
            self._shared = False
            self._promises, self._taken = dict(self._promises), Counter(self._taken)
            self._taken_of = dict(self._taken_of)

    def _take(self, claim: DeviceClaim | None, number: int) -> None:
        if claim is None or claim.allocation is None:
            return
        for device in claim.allocation.devices:
            before = self._taken[device]
            self._taken[device] = before + number
            if not self._taken[device]:
                del self._taken[device]
            if bool(before) != bool(before + number):
                pool, name = device[:2], device[2]
                self._taken_of[pool] = self.taken(pool) ^ {name}
                if not self._taken_of[pool]:
                    del self._taken_of[pool]

    def contents(self) -> dict[str, Any]:
        """Two equal indexes have equal contents."""
        return {"slices": dict(self.slices), "classes": dict(self.classes), "taken": dict(self._taken_of),
                "claims": {key: self.claim(key) for key in self._claims}}  # fmt: skip
