"""From the times at which pods got their nodes to pods per second, as scheduler_perf counts them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Throughput(NamedTuple):
    """Pods per second: over all, and the percentiles of single seconds."""

    average: float
    p50: float
    p90: float
    p99: float


def throughput(arrivals: Sequence[float]) -> Throughput:
    """`arrivals` are seconds since the first create. The last second counts for as long as it lasted, and not at all
    when that was less than half of it: a handful of pods in a blink say nothing."""
    if not arrivals:
        return Throughput(0.0, 0.0, 0.0, 0.0)
    end = max(arrivals)
    counts = [0] * (int(end) + 1)
    for arrival in arrivals:
        counts[int(arrival)] += 1
    rates = [float(count) for count in counts[:-1]]
    rest = end - int(end)
    if rest >= 0.5 or not rates:
        rates.append(counts[-1] / max(rest, 1e-9))
    rates.sort()
    return Throughput(len(arrivals) / max(end, 1e-9), *(_quantile(rates, share) for share in (0.5, 0.9, 0.99)))


def _quantile(rates: Sequence[float], share: float) -> float:
    """The smallest that `share` of the sorted rates do not exceed."""
    return rates[min(-int(-len(rates) * share // 1) - 1, len(rates) - 1)]
