"""What the scheduler tells users: Events, and in the statuses of pods without a node why, and which one is cleared.

Nobody waits for a report. Events are handed to the EventWriter; of outcomes only the latest of a pod is kept, and it
is written only of a pod that still waits a moment later: when thousands preempt at once, most are bound by then.
"""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import islice, takewhile
from time import monotonic
from typing import Literal, Protocol

from services.client.events import Event, EventWriter, Reference
from services.client.sdk.messages import FenceLike, Outcome
from services.foundation import log
from services.objects import conditions
from services.objects.errors import FencedOff, NotFound, ServiceUnavailable, StatusError, Timeout, TooManyRequests
from services.objects.meta import Obj
from services.scheduler.algorithm import Decision
from services.scheduler.cluster.cluster import Key
from services.scheduler.cluster.demand import PodInfo
from services.scheduler.profile import DEFAULT_NAME

logger = log.get(__name__)

_BATCH = 100  # outcomes per call
_MOMENT = 0.5  # seconds that a pod waits before its status says so
_TIMEOUT = 15.0  # seconds per call
_PAUSE = 1.0  # seconds until an apiserver that was away is asked again

Lookup = Callable[[str, str], Obj | None]


class Client(Protocol):
    """The part of the SDK's Client that writes outcomes."""

    async def report(
        self, outcomes: Sequence[Outcome], fence: FenceLike | None = None, *, timeout: float | None = None
    ) -> list[StatusError | None]: ...


class Reports:
    """`lookup` gives a pod as it was seen last. `run` writes the outcomes; the events are for their writer to write."""

    def __init__(self, client: Client, fence: FenceLike, events: EventWriter, lookup: Lookup) -> None:
        self._client = client
        self._fence = fence
        self._events = events
        self._lookup = lookup
        self._host = socket.gethostname()
        self._outcomes: OrderedDict[Key, tuple[float, Outcome]] = OrderedDict()  # and when they may be written
        self._work = asyncio.Event()

    def scheduled(self, decision: Decision) -> None:
        pod = decision.pod
        message = f"Successfully assigned {pod.namespace}/{pod.name} to {decision.node}"
        self._tell(pod, "Normal", "Scheduled", "Binding", message)

    def unschedulable(self, decision: Decision, nominated: str | None = None) -> None:
        """`nominated` is the node that is now being cleared for the pod, "" for none any more, None for no news."""
        assert decision.refusal is not None
        message = decision.refusal.message
        self._tell(decision.pod, "Warning", "FailedScheduling", "Scheduling", message)
        self._put(_outcome(decision.pod, "Unschedulable", message, nominated))

    def failed(self, decision: Decision, why: str) -> None:
        """The pod had a node, but what it needs beside it could not be had."""
        self._tell(decision.pod, "Warning", "FailedScheduling", "Scheduling", why)
        self._put(_outcome(decision.pod, "SchedulerError", why))

    def preempted(self, pod: PodInfo, victim: PodInfo, node: str) -> None:
        message = f"Preempted by pod {pod.uid} on node {node}"
        self._tell(victim._replace(scheduler=pod.scheduler), "Normal", "Preempted", "Preempting", message)

    async def run(self) -> None:
        """Until cancelled; raises FencedOff when somebody else leads."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._outcomes:
                due, _ = next(iter(self._outcomes.values()))
                await asyncio.sleep(due - monotonic())
                await self._send(max(due, monotonic()))

    def _put(self, outcome: Outcome) -> None:
        """News of a pod replaces what was to be said of it, but for a nomination of which there is no news."""
        key = outcome.namespace, outcome.name
        due, before = self._outcomes.get(key) or (monotonic() + _MOMENT, None)
        if before is not None and before.uid == outcome.uid and outcome.nominated_node is None:
            outcome = outcome._replace(nominated_node=before.nominated_node)
        self._outcomes[key] = due, outcome
        self._work.set()

    async def _send(self, now: float) -> None:
        told = list(filter(self._is_news, self._take(now)))
        if not told:
            return
        away = []
        for outcome, answer in zip(told, await self._write(told), strict=True):
            if isinstance(answer, FencedOff):
                raise answer
            if isinstance(answer, ServiceUnavailable | Timeout | TooManyRequests):
                away.append(outcome)
            elif answer is not None and not isinstance(answer, NotFound):
                logger.info("outcome not written", pod=outcome.name, error=answer.message)
        for outcome in away:
            later = self._outcomes.pop((outcome.namespace, outcome.name), None)
            self._put(outcome)
            if later is not None:
                self._put(later[1])
        if away:
            logger.warning("outcomes wait for the apiserver", count=len(away))
            await asyncio.sleep(_PAUSE)

    def _take(self, now: float) -> list[Outcome]:
        """The next batch of those that are due."""
        due = takewhile(lambda item: item[1][0] <= now, islice(self._outcomes.items(), _BATCH))
        taken = {key: outcome for key, (_, outcome) in due}
        for key in taken:
            del self._outcomes[key]
        return [*taken.values()]

    async def _write(self, outcomes: Sequence[Outcome]) -> Sequence[StatusError | None]:
        try:
            return await self._client.report(outcomes, self._fence, timeout=_TIMEOUT)
        except FencedOff:
            raise
        except StatusError as error:
            return [error] * len(outcomes)

    def _is_news(self, outcome: Outcome) -> bool:
        """Not when the pod says so already, or no longer needs it."""
        current = self._lookup(outcome.namespace, outcome.name)
        if current is None or current["metadata"].get("uid") != outcome.uid or current["spec"].get("nodeName"):
            return False
        said = conditions.get(current, "PodScheduled") or {}
        wanted = ("False", outcome.reason, outcome.message)
        return outcome.nominated_node is not None or tuple(
            said.get(part) for part in ("status", "reason", "message")) != wanted  # fmt: skip

    def _tell(self, pod: PodInfo, type_: Literal["Normal", "Warning"], reason: str, action: str, message: str) -> None:
        current = self._lookup(pod.namespace, pod.name)
        seen = current["metadata"] if current is not None and current["metadata"].get("uid") == pod.uid else {}
        about = Reference("v1", "Pod", pod.namespace, pod.name, pod.uid, seen.get("resourceVersion", ""))
        name = pod.scheduler or DEFAULT_NAME
        self._events.tell(Event(about, type_, reason, message, name, instance=f"{name}-{self._host}", action=action))


def _outcome(pod: PodInfo, reason: str, message: str, nominated: str | None = None) -> Outcome:
    return Outcome(pod.namespace, pod.name, pod.uid, reason, message, nominated)
