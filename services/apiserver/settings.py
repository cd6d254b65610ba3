"""What the apiserver is told at its start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.foundation.settings import option
from services.foundation.tls import Identity
from services.storage.settings import EtcdSettings


@dataclass(frozen=True, kw_only=True)
class Settings(EtcdSettings):
    """The Kubernetes API over REST and gRPC."""

    certificate: Path = option("server certificate (PEM)")
    key: Path = option("its private key")
    client_ca: Path = option("authority of client certificates")
    bind_address: str = option("address to listen on", "0.0.0.0")
    port: int = option("port of the REST API", 6443)
    grpc_port: int = option("port of the gRPC API for client certificates", 6444)
    grpc_token_port: int = option("port of the gRPC API for bearer tokens; default: the next one", 0)
    advertise_address: str = option("address at which others reach this process; default: the bind address", "")
    service_account_key: Path | None = option("private key that signs service account tokens", None)
    service_cidr: str = option("network of cluster IPs", "10.96.0.0/16")
    node_port_range: str = option("ports of Services of type NodePort", "30000-32767")
    token_file: Path | None = option("CSV file of static tokens: token,user,uid,groups", None)
    log_level: str = option("debug, info, warning or error", "info")

    @property
    def identity(self) -> Identity:
        return Identity(self.certificate, self.key, self.client_ca)
