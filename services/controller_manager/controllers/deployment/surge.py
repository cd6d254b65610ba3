"""maxSurge and maxUnavailable: how many pods a rolling update may have too many and too few."""

from __future__ import annotations

from services.objects.meta import Obj


def is_rolling(deployment: Obj) -> bool:
    return ((deployment["spec"].get("strategy") or {}).get("type") or "RollingUpdate") == "RollingUpdate"


def bounds(deployment: Obj) -> tuple[int, int]:
    """(surge, unavailable) in pods. Percentages round up for the surge and down for the unavailable; both zero would
    allow no step at all, so one may then be unavailable."""
    parameters = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    replicas = deployment["spec"]["replicas"]
    surge = scaled(parameters.get("maxSurge", "25%"), replicas, up=True)
    unavailable = scaled(parameters.get("maxUnavailable", "25%"), replicas, up=False)
    return surge, unavailable if surge or unavailable else 1


def max_surge(deployment: Obj) -> int:
    return bounds(deployment)[0] if is_rolling(deployment) else 0


def max_unavailable(deployment: Obj) -> int:
    replicas: int = deployment["spec"]["replicas"]
    if not is_rolling(deployment) or replicas == 0:
        return 0
    return min(bounds(deployment)[1], replicas)


def scaled(value: int | str, total: int, *, up: bool) -> int:
    """An IntOrString of `total`: 3, "3" and "25%"."""
    text = str(value)
    if not text.endswith("%"):
        return int(text)
    hundredths = int(text[:-1]) * total
    return -(-hundredths // 100) if up else hundredths // 100
