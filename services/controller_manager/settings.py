"""Settings of the controller-manager."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.client.settings import LeaderSettings
from services.foundation.settings import option


@dataclass(frozen=True, kw_only=True)
class Settings(LeaderSettings):
    """The controllers of a Pinnace cluster: they make what is become what should be."""

    health_port: int = option("port of /healthz, /readyz and /metrics", 10257)
    cluster_cidr: str = option("the range that nodes get their pod addresses from", "10.244.0.0/16")
    node_cidr_mask: int = option("prefix length of a node's share of it", 24)
    node_monitor_grace: float = option("seconds a node may be silent before it counts as not ready", 50.0)
    terminated_pod_threshold: int = option("how many ended pods are kept; 0 keeps all", 12500)
    root_ca: Path | None = option("authorities to publish as kube-root-ca.crt, PEM; --ca unless given", None)
