"""Settings of the scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.foundation.settings import option


@dataclass(frozen=True, slots=True)
class Settings:
    """The scheduler of a Pinnace cluster: it finds a node for every pod."""

    certificate: Path = option("our client certificate for the apiserver, PEM")
    key: Path = option("its key, PEM")
    ca: Path = option("the authority that signed the apiserver's certificate, PEM")
    etcd_endpoints: tuple[str, ...] = option("etcd's client URLs, comma-separated", ("https://127.0.0.1:2379",))
    etcd_ca: Path | None = option("the authority that signed etcd's certificate, PEM", None)
    etcd_certificate: Path | None = option("our client certificate for etcd, PEM", None)
    etcd_key: Path | None = option("its key, PEM", None)
    apiserver: str = option("host:port of the apiserver's gRPC port", "127.0.0.1:6444")
    bind_address: str = option("address of /healthz, /readyz and /metrics", "127.0.0.1")
    health_port: int = option("port of /healthz, /readyz and /metrics", 10259)
    identity: str = option("our name in the election; the host's name and the health port unless given", "")
