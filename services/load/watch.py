"""Watch deliveries: many watchers of the same pods while some writers change them.

Every watcher must see every change: what is missing at the end is an error, not a lower rate. The first watcher also
measures how long a change takes to arrive, from a time of sending that the change carries.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
from collections.abc import Iterator
from time import perf_counter

from services.load.ground import Ground, Refused, checked, message
from services.load.http import Connection
from services.load.measures import GRACE, Tally, together
from services.load.report import Measure, quantile
from services.load.scenario import Scenario

_SENT = re.compile(rb'"load":"at (\d+)"')


class Watcher:
    """Counts the events of one watch; frames end in a newline, and JSON has none inside."""

    def __init__(self, *, timed: bool = False) -> None:
        self.events = 0
        self.last = 0.0
        self.latencies: list[float] = []
        self._timed = timed
        self._rest = b""

    def sink(self, data: bytes) -> None:
        self.last = perf_counter()
        self.events += data.count(b"\n")
        if self._timed:
            whole, newline, self._rest = (self._rest + data).rpartition(b"\n")
            if newline:
                now = int(self.last * 1e9)
                self.latencies += [(now - int(sent)) / 1e9 for sent in _SENT.findall(whole)]


async def deliveries(ground: Ground, scenario: Scenario) -> Measure:
    """Counts events at all watchers, from the first change until the last event has arrived."""
    watchers = [Watcher(timed=index == 0) for index in range(scenario.watchers)]
    connections = await ground.connect(scenario.watchers + scenario.writers)
    watching, writing = connections[: scenario.watchers], connections[scenario.watchers :]
    writes = Tally()
    try:
        await _start(ground, watching, watchers, timeout=int(scenario.duration + 2 * GRACE))
        writes.began = perf_counter()
        until = writes.began + scenario.duration
        changing = (writes.drive(connection, _changes(ground, scenario.pods), until) for connection in writing)
        await together(changing, scenario.duration)
        await _arrival(watchers, len(writes.latencies))
    finally:
        for connection in connections:
            connection.close()
    expected, seen = len(writes.latencies) * len(watchers), sum(watcher.events for watcher in watchers)
    if seen != expected:
        writes.failed(f"{seen} events where there should be {expected}")
    latencies = sorted(watchers[0].latencies)
    seconds = max(watcher.last for watcher in watchers) - writes.began
    return Measure("watch", "events/s", seen, seconds, quantile(latencies, 0.5), quantile(latencies, 0.99),
                   writes.errors, writes.error)  # fmt: skip


async def _start(ground: Ground, connections: list[Connection], watchers: list[Watcher], timeout: int) -> None:
    """Opens all watches at the present."""
    present = checked(await connections[0].request(ground.list(limit="1")), "the pods cannot be listed")
    revision = present["metadata"]["resourceVersion"]
    request = ground.list(watch="1", resourceVersion=revision, timeoutSeconds=str(timeout))
    answers = await asyncio.gather(
        *(connection.stream(request, watcher.sink) for connection, watcher in zip(connections, watchers, strict=True))
    )
    for answer in answers:
        if answer.status != 200:
            raise Refused(f"the pods cannot be watched: {answer.status} {message(answer)}")


def _changes(ground: Ground, pods: int) -> Iterator[bytes]:
    """Made at the moment they are sent, for they carry it."""
    numbers = random.sample(range(pods), min(pods, 2000))
    return (ground.patch(number, f"at {int(perf_counter() * 1e9)}") for number in itertools.cycle(numbers))


async def _arrival(watchers: list[Watcher], writes: int) -> None:
    """Until every watcher has every event, or none has come for some seconds."""
    quiet = 5.0
    while any(watcher.events < writes for watcher in watchers):
        if perf_counter() - max(watcher.last for watcher in watchers) > quiet:
            return
        await asyncio.sleep(0.01)
