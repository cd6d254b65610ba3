"""Settings of the scheduler."""

from __future__ import annotations

from dataclasses import dataclass

from services.client.settings import LeaderSettings
from services.foundation.settings import option


@dataclass(frozen=True, kw_only=True)
class Settings(LeaderSettings):
    """The scheduler of a Pinnace cluster: it finds a node for every pod."""

    health_port: int = option("port of /healthz, /readyz and /metrics", 10259)
