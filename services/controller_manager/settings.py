"""Settings of the controller-manager."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.foundation.settings import option


@dataclass(frozen=True, slots=True)
class Settings:
    """The controllers of a Pinnace cluster: they make what is become what should be."""

    certificate: Path = option("our client certificate for the apiserver, PEM")
    key: Path = option("its key, PEM")
    ca: Path = option("the authority that signed the apiserver's certificate, PEM")
    etcd_endpoints: tuple[str, ...] = option("etcd's client URLs, comma-separated", ("https://127.0.0.1:2379",))
    etcd_ca: Path | None = option("the authority that signed etcd's certificate, PEM", None)
    etcd_certificate: Path | None = option("our client certificate for etcd, PEM", None)
    etcd_key: Path | None = option("its key, PEM", None)
    apiserver: str = option("host:port of the apiserver's gRPC port", "127.0.0.1:6444")
    bind_address: str = option("address of /healthz, /readyz and /metrics", "127.0.0.1")
    health_port: int = option("port of /healthz, /readyz and /metrics", 10257)
    identity: str = option("our name in the election; the host's name and the health port unless given", "")
    cluster_cidr: str = option("the range that nodes get their pod addresses from", "10.244.0.0/16")
    node_cidr_mask: int = option("prefix length of a node's share of it", 24)
    node_monitor_grace: float = option("seconds a node may be silent before it counts as not ready", 50.0)
    terminated_pod_threshold: int = option("how many ended pods are kept; 0 keeps all", 12500)
    root_ca: Path | None = option("authorities to publish as kube-root-ca.crt, PEM; --ca unless given", None)
    service_account_key: Path | None = option("accepted for compatibility; tokens are signed by the apiserver", None)
