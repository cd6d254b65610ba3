"""The measures: each takes the ground and the scenario, and returns one line of the report.

A worker owns a connection and has one request under way; requests are made before the clock starts wherever their
number is known.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Coroutine, Iterable, Iterator
from time import perf_counter
from typing import Any

import orjson

from services.load.ground import Ground, Refused, checked, message
from services.load.http import Connection, HttpError
from services.load.report import Measure, quantile
from services.load.scenario import Scenario

GRACE = 60.0  # seconds that the last answers may take beyond the duration


class Tally:
    """Counts the requests of one measure."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.errors = 0
        self.error = ""
        self.began = perf_counter()

    async def drive(self, connection: Connection, requests: Iterator[bytes], until: float) -> None:
        """Sends one request after the other until `until` (perf_counter), or until there are no more."""
        latencies = self.latencies
        for request in requests:
            sent = perf_counter()
            if sent >= until:
                return
            response = await connection.request(request)
            latencies.append(perf_counter() - sent)
            if response.status >= 300:
                latencies.pop()
                self.failed(f"{response.status} {message(response)}")

    def failed(self, why: str) -> None:
        self.errors += 1
        self.error = self.error or why

    def measure(self, name: str, unit: str, *, count: int | None = None, seconds: float | None = None) -> Measure:
        self.latencies.sort()
        return Measure(
            name, unit,
            len(self.latencies) if count is None else count,
            perf_counter() - self.began if seconds is None else seconds,
            quantile(self.latencies, 0.5), quantile(self.latencies, 0.99), self.errors, self.error,
        )  # fmt: skip


async def together(work: Iterable[Coroutine[Any, Any, None]], seconds: float) -> None:
    """Runs all of it at once. Raises Refused when a connection breaks or an answer is long overdue."""
    try:
        async with asyncio.timeout(seconds + GRACE), asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(each)
    except TimeoutError:
        raise Refused(f"no answer within {GRACE:.0f} s") from None
    except ExceptionGroup as errors:
        broken, others = errors.split(HttpError)
        if broken is None or others is not None:
            raise
        raise Refused(str(broken.exceptions[0])) from errors


async def _drive_all(
    tally: Tally, connections: list[Connection], requests: Callable[[int], Iterator[bytes]], duration: float
) -> None:
    """All connections at once, each with its own requests; closes them."""
    tally.began = perf_counter()
    until = tally.began + duration
    try:
        await together((tally.drive(connection, requests(index), until)
                        for index, connection in enumerate(connections)), duration)  # fmt: skip
    finally:
        for connection in connections:
            connection.close()


async def creates(ground: Ground, scenario: Scenario) -> Measure:
    """Pods made by all connections, until the time is over or there are enough."""
    connections = await ground.connect(scenario.connections)
    numbers = itertools.count()
    bodies = (ground.create(number) for number in itertools.takewhile(lambda number: number < scenario.pods, numbers))
    tally = Tally()
    await _drive_all(tally, connections, lambda index: bodies, scenario.duration)
    return tally.measure("creates", "pods/s")


async def fill(ground: Ground, scenario: Scenario) -> int:
    """Sees to it that there are `pods` pods, unmeasured; returns how many there are."""
    connection = await ground.endpoint.connect()
    answer = checked(await connection.request(ground.list()), "the pods cannot be listed")
    connection.close()
    present = {pod["metadata"]["name"] for pod in answer["items"]}
    missing = [number for number in range(scenario.pods) if ground.name(number) not in present]
    if missing:
        tally = Tally()
        bodies = (ground.create(number) for number in missing)
        connections = await ground.connect(scenario.connections)
        await _drive_all(tally, connections, lambda index: bodies, float(GRACE * 10))
        if tally.errors:
            raise Refused(f"{tally.errors} pods could not be made: {tally.error}")
    return scenario.pods


async def gets(ground: Ground, scenario: Scenario) -> Measure:
    """Single pods, in random order, by all connections."""
    connections = await ground.connect(scenario.connections)
    known = [ground.get(number) for number in _sample(scenario.pods, 2000)]
    tally = Tally()
    await _drive_all(tally, connections, lambda index: _shuffled(known, index), scenario.duration)
    return tally.measure("gets", "pods/s")


async def patches(ground: Ground, scenario: Scenario) -> Measure:
    """Merge patches of an annotation, one after the other over one connection."""
    tally = Tally()
    numbers = itertools.cycle(_sample(scenario.pods, 2000))
    changing = (ground.patch(number, str(turn)) for turn, number in enumerate(numbers))
    await _drive_all(tally, await ground.connect(1), lambda index: changing, scenario.duration)
    return tally.measure("patches", "pods/s")


async def listing(ground: Ground, scenario: Scenario) -> Measure:
    """All pods in one answer, again and again over one connection; counts items."""
    connection = await ground.endpoint.connect()
    request = ground.list()
    tally = Tally()
    body = b""
    try:
        async with asyncio.timeout(scenario.duration + GRACE):
            while not tally.latencies or perf_counter() - tally.began < scenario.duration:
                sent = perf_counter()
                response = await connection.request(request)
                if response.status != 200:
                    tally.failed(f"{response.status} {message(response)}")
                    break
                tally.latencies.append(perf_counter() - sent)
                body = response.body
    except (HttpError, TimeoutError) as error:
        raise Refused(f"the pods cannot be listed: {error}") from None
    finally:
        connection.close()
    each = len(orjson.loads(body)["items"]) if body else 0
    if tally.latencies and each != scenario.pods:
        tally.failed(f"{each} pods in the list where {scenario.pods} were made")
    seconds = sum(tally.latencies)
    return tally.measure("list", "items/s", count=each * len(tally.latencies), seconds=seconds)


def _sample(pods: int, most: int) -> list[int]:
    return random.sample(range(pods), min(pods, most))


def _shuffled(requests: list[bytes], seed: int) -> Iterator[bytes]:
    own = requests.copy()
    random.Random(seed).shuffle(own)
    return itertools.cycle(own)
