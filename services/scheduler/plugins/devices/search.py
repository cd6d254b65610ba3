"""Finds devices for claims among those that a node reaches: every combination is tried, and the first is taken.

Kubernetes gives up after ten seconds; here a number of steps is the bound, so that the same cluster gives the same
answer however slow the machine is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from services.scheduler.cluster.devices.facts import Attribute, Class, Constraint, Device, DeviceId, Request, Wish
from services.scheduler.cluster.devices.pools import Pool, PoolKey
from services.scheduler.plugins.devices.selecting import Unclear, attribute, offers, selectable

MOST_STEPS = 20_000
MOST_DEVICES = 32  # of a claim
_TIMED_OUT = "timed out trying to allocate devices"


class Reach(NamedTuple):
    """A pool as a node sees it: the devices it reaches, and which of the pool somebody has."""

    pool: Pool
    devices: tuple[Device, ...]
    taken: frozenset[str]


class Given(NamedTuple):
    request: Request
    pool: Pool
    device: Device

    @property
    def id(self) -> DeviceId:
        return (*self.pool.key, self.device.name)


class Impossible(Exception):
    """Why there is no answer, in Kubernetes' words."""


def search(
    claims: Sequence[tuple[str, Wish]], reaches: Sequence[Reach], classes: Mapping[str, Class]
) -> list[list[Given]] | None:
    """For each claim (by namespace/name) its devices, None if they cannot all be had. Raises Impossible."""
    attempt = _Search(claims, reaches, classes)
    return attempt.given if attempt.claim(0) else None


class _Search:
    def __init__(self, claims: Sequence[tuple[str, Wish]], reaches: Sequence[Reach], classes: Mapping[str, Class]
                 ) -> None:  # fmt: skip
        self._claims = claims
        self._reaches = reaches
        self._classes = classes
        self._taken = {each.pool.key: each.taken for each in reaches}
        self._steps = 0
        self._candidates: dict[tuple[str, Request], list[Given]] = {}
        self._users: dict[DeviceId, list[int]] = {}  # numbers of claims
        self._left: dict[PoolKey, dict[tuple[str, str], int]] = {}  # counters
        self.given: list[list[Given]] = [[] for _ in claims]

    def claim(self, number: int) -> bool:
        """Whether this claim and those behind it can have what they ask for; it is theirs then."""
        return number == len(self._claims) or self._request(number, 0)

    def _request(self, claim: int, number: int) -> bool:
        requests = self._claims[claim][1].requests
        if number == len(requests):
            return self.claim(claim + 1)
        return any(self._devices(claim, number, each) for each in requests[number])

    def _devices(self, claim: int, number: int, request: Request) -> bool:
        candidates = self._matching(self._claims[claim][0], request)
        wanted = len(candidates) if request.all else request.number
        if not candidates or len(self.given[claim]) + wanted > MOST_DEVICES:
            return False
        return self._choose(claim, number, request, candidates, wanted, 0)

    def _choose(self, claim: int, number: int, request: Request, candidates: list[Given], wanted: int, start: int
                ) -> bool:  # fmt: skip
        """`wanted` more of the candidates from `start` on: in which order they are chosen makes no difference."""
        if not wanted:
            return self._request(claim, number + 1)
        for place in range(start, len(candidates) - wanted + 1):
            self._steps += 1
            if self._steps > MOST_STEPS:
                raise Impossible(_TIMED_OUT)
            each = candidates[place]
            if self._give(claim, each):
                if self._choose(claim, number, request, candidates, wanted - 1, place + 1):
                    return True
                self._take_back(claim, each)
            if request.all:
                return False
        return False

    def _matching(self, name: str, request: Request) -> list[Given]:
        """What the request means, whoever has it."""
        key = name, request
        if key not in self._candidates:
            self._candidates[key] = list(self._meant(name, request))
        return self._candidates[key]

    def _meant(self, name: str, request: Request) -> Iterator[Given]:
        named = self._classes[request.class_name]
        for pool, devices, _ in self._reaches:
            if request.all and not (pool.complete and pool.valid):
                why = "being updated" if pool.valid else "invalid"
                raise Impossible(f"claim {name}, request {request.name}: asks for all devices, but resource pool "
                                 f"{'/'.join(pool.key)} is currently {why}")  # fmt: skip
            if not pool.complete or not pool.valid:
                continue
            for device in devices:
                fits = (_fits(pool, device, named.selectors, f"class {named.name}")
                        and _fits(pool, device, request.selectors, f"claim {name}"))  # fmt: skip
                if fits and (request.all or offers(pool.driver, device, request)):
                    yield Given(request, pool, device)

    def _give(self, claim: int, given: Given) -> bool:
        request, users = given.request, self._users.get(given.id, [])
        if claim in users if request.admin else users or given.device.name in self._taken[given.pool.key]:
            return False
        if not offers(given.pool.driver, given.device, request):
            return False
        constraints = self._claims[claim][1].constraints
        if not all(self._agrees(claim, each, given) for each in constraints) or not self._count(given, 1):
            return False
        self._users.setdefault(given.id, []).append(claim)
        self.given[claim].append(given)
        return True

    def _take_back(self, claim: int, given: Given) -> None:
        self.given[claim].pop()
        self._users[given.id].remove(claim)
        self._count(given, -1)

    def _agrees(self, claim: int, constraint: Constraint, given: Given) -> bool:
        if not _concerns(constraint, given.request):
            return True
        mine = _value(constraint, given)
        others = [_value(constraint, each) for each in self.given[claim] if _concerns(constraint, each.request)]
        if mine is None:
            return False
        return mine not in others if constraint.distinct else all(each == mine for each in others)

    def _count(self, given: Given, number: int) -> bool:
        """Takes from the counters what the device consumes, or gives it back; nothing if there is too little."""
        if not given.device.consumes:
            return True
        left = self._counters(given.pool)
        needs = [((name, counter), number * amount) for name, amounts in given.device.consumes
                 for counter, amount in amounts if (name, counter) in left]  # fmt: skip
        if number > 0 and any(left[each] < amount for each, amount in needs):
            return False
        for each, amount in needs:
            left[each] -= amount
        return True

    def _counters(self, pool: Pool) -> dict[tuple[str, str], int]:
        """What is left of a pool's counters."""
        if pool.key not in self._left:
            left = {(name, counter): amount for part in pool.slices for name, amounts in part.counters
                    for counter, amount in amounts}  # fmt: skip
            taken = self._taken[pool.key]
            for part in pool.slices:
                for device in part.devices:
                    for name, amounts in device.consumes if device.name in taken else ():
                        for counter, amount in amounts:
                            if (name, counter) in left:
                                left[name, counter] -= amount
            self._left[pool.key] = left
        return self._left[pool.key]


def _fits(pool: Pool, device: Device, selectors: tuple[str, ...], whose: str) -> bool:
    try:
        return selectable(pool.driver, device, selectors)
    except Unclear as error:
        raise Impossible(f"{whose}: {error}") from None


def _concerns(constraint: Constraint, request: Request) -> bool:
    return not constraint.requests or not constraint.requests.isdisjoint((request.name, request.parent))


def _value(constraint: Constraint, given: Given) -> Attribute | None:
    return attribute(given.pool.driver, given.device, constraint.attribute)
