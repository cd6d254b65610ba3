"""The event loop's lag as the apiserver itself measures it: a quantile of a Prometheus histogram over the run."""

from __future__ import annotations

import math
import re

from services.load.endpoint import Endpoint
from services.load.http import HttpError

LAG = "event_loop_lag_seconds"
_BUCKET = re.compile(r'^\w*' + LAG + r'_bucket\{(?:[^}]*,)?le="([^"]+)"[^}]*\} ([0-9.e+]+)', re.MULTILINE)

Buckets = dict[float, float]  # upper bound in seconds -> observations up to it


def buckets(text: str) -> Buckets:
    """Of every series of the histogram (there is one per worker), added up."""
    found: Buckets = {}
    for bound, count in _BUCKET.findall(text):
        found[float(bound)] = found.get(float(bound), 0.0) + float(count)
    return found


def quantile(before: Buckets, after: Buckets, share: float) -> float | None:
    """Seconds, interpolated within the bucket as Prometheus does; None when nothing was observed in between."""
    counts = sorted((bound, count - before.get(bound, 0.0)) for bound, count in after.items())
    if not counts or counts[-1][1] <= 0:
        return None
    wanted = counts[-1][1] * share
    lower = below = 0.0
    for bound, count in counts:
        if count >= wanted:
            if math.isinf(bound):
                return lower
            return lower + (bound - lower) * (wanted - below) / (count - below)
        lower, below = bound, count
    return None


async def lag(endpoint: Endpoint) -> Buckets:
    """Empty where the server does not tell."""
    connection = await endpoint.connect()
    try:
        answer = await connection.request(endpoint.requests.make("GET", "/metrics", accept="*/*"))
    except HttpError:
        return {}
    finally:
        connection.close()
    return buckets(answer.body.decode(errors="replace")) if answer.status == 200 else {}
