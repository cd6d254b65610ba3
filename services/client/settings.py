"""What a process is told that watches etcd, writes through the apiserver and stands for election."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

from services.foundation.settings import option
from services.foundation.tls import Identity
from services.storage.settings import EtcdSettings


@dataclass(frozen=True, kw_only=True)
class LeaderSettings(EtcdSettings):
    """To be inherited by the settings of such a process."""

    certificate: Path = option("our client certificate for the apiserver, PEM")
    key: Path = option("its key, PEM")
    ca: Path = option("the authority that signed the apiserver's certificate, PEM")
    apiserver: str = option("host:port of the apiserver's gRPC port", "127.0.0.1:6444")
    bind_address: str = option("address of /healthz, /readyz and /metrics", "127.0.0.1")
    health_port: int = option("port of /healthz, /readyz and /metrics")
    identity: str = option("our name in the election; the host's name and the health port unless given", "")

    @property
    def tls(self) -> Identity:
        return Identity(self.certificate, self.key, self.ca)

    @property
    def candidate(self) -> str:
        """The same after a restart: a process that was killed takes over from itself at once."""
        return self.identity or f"{socket.gethostname()}:{self.health_port}"
