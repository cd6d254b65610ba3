"""What a node-agent is told at its start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.foundation.settings import option


@dataclass(frozen=True)
class Settings:
    """Runs the pods of one node on its Docker Engine."""

    name: str = option("the node's name, as in its certificate (system:node:NAME)")
    node_ip: str = option("the node's address: reachable from the other nodes")
    apiserver: str = option("host:port of an apiserver's gRPC port")
    certificate: Path = option("PEM file: the node's certificate")
    key: Path = option("PEM file: its key")
    ca: Path = option("PEM file: the authority that the apiserver's certificate is from")
    state_dir: Path = option("folder for volumes and sockets", Path("/var/lib/pinnace/node"))
    docker: str = option("the Docker Engine", "unix:///var/run/docker.sock")
    cluster_dns: str = option("the address that pods ask for names", "10.96.0.10")
    cluster_domain: str = option("the domain of the cluster's names", "cluster.local")
    health_port: int = option("port of /healthz, /readyz and /metrics on loopback; 0 is any", 10258)
    log_level: str = option("debug, info, warning or error", "info")
    max_pods: int = option("how many pods the node takes", 110)
    crash_backoff_base: float = option("seconds before the second restart of a container that ends by itself", 10.0)
    crash_backoff_max: float = option("the longest such delay, in seconds", 300.0)
    sync_period: float = option("seconds between two listings of the engine's containers", 10.0)
    lease_seconds: int = option("how long the node's lease is valid; it is renewed four times as often", 40)
    status_period: float = option("seconds after which an unchanged node status is reported again", 300.0)
    reference_lifetime: float = option("seconds for which a ConfigMap or Secret that pods name is believed", 60.0)
    node_labels: tuple[str, ...] = option("more labels for the node: key=value,...", ())
