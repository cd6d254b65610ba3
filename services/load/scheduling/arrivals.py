"""One watch that sees pods get their nodes, or be told that there is none for them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

from services.load.endpoint import Endpoint
from services.load.ground import Refused, checked, message

BOUND = b'"type":"ADDED"'  # with the selector below, a pod comes into view with its node
UNSCHEDULABLE = b'"reason":"Unschedulable"'
_SELECTORS = {BOUND: "spec.nodeName!%3D", UNSCHEDULABLE: "spec.nodeName%3D"}
_NAME = re.compile(rb'"name":"((?:existing|measured)-\d+)"')
QUIET = 60.0  # seconds without any arrival after which there is no hope


class Arrivals:
    """`times` by name of pod: perf_counter of the first event that bears the sign."""

    def __init__(self, sign: bytes) -> None:
        self.times: dict[bytes, float] = {}
        self._sign = sign
        self._rest = b""
        self._more = asyncio.Event()

    def sink(self, data: bytes) -> None:
        """Frames end in a newline, and JSON has none inside."""
        now = perf_counter()
        whole, newline, self._rest = (self._rest + data).rpartition(b"\n")
        if not newline:
            return
        for line in whole.split(b"\n"):
            if self._sign in line and (name := _NAME.search(line)) is not None:
                self.times.setdefault(name[1], now)
        self._more.set()

    async def wait(self, count: int) -> None:
        """Raises Refused when no more come."""
        while len(self.times) < count:
            self._more.clear()
            try:
                async with asyncio.timeout(QUIET):
                    await self._more.wait()
            except TimeoutError:
                raise Refused(f"only {len(self.times)} of {count} pods were decided about") from None


@asynccontextmanager
async def arrivals(endpoint: Endpoint, namespace: str = "", sign: bytes = BOUND) -> AsyncIterator[Arrivals]:
    """From now on, in a namespace or in all of them."""
    pods = f"/api/v1/namespaces/{namespace}/pods" if namespace else "/api/v1/pods"
    seen = Arrivals(sign)
    connection = await endpoint.connect()
    try:
        present = checked(await connection.request(endpoint.requests.make("GET", f"{pods}?limit=1")), "no pods")
        query = f"watch=1&resourceVersion={present['metadata']['resourceVersion']}&fieldSelector={_SELECTORS[sign]}"
        answer = await connection.stream(endpoint.requests.make("GET", f"{pods}?{query}"), seen.sink)
        if answer.status != 200:
            raise Refused(f"the pods cannot be watched: {answer.status} {message(answer)}")
        yield seen
    finally:
        connection.close()


async def without_node(endpoint: Endpoint, namespace: str) -> list[str]:
    """Names of the pods that have none, as the API tells it."""
    connection = await endpoint.connect()
    try:
        path = f"/api/v1/namespaces/{namespace}/pods?fieldSelector=spec.nodeName%3D"
        answer = await connection.request(endpoint.requests.make("GET", path))
    finally:
        connection.close()
    return [pod["metadata"]["name"] for pod in checked(answer, "the pods cannot be listed")["items"]]
