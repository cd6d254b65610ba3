"""What a process is told that watches etcd, writes through the apiserver and stands for election."""

from __future__ import annotations

import functools
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path

from services.foundation.settings import option
from services.foundation.tls import Identity
from services.storage.settings import EtcdSettings

MACHINE_ID = Path("/etc/machine-id")


@dataclass(frozen=True, kw_only=True)
class LeaderSettings(EtcdSettings):
    """To be inherited by the settings of such a process."""

    certificate: Path = option("our client certificate for the apiserver, PEM")
    key: Path = option("its key, PEM")
    ca: Path = option("the authority that signed the apiserver's certificate, PEM")
    apiserver: str = option("host:port of the apiserver's gRPC port", "127.0.0.1:6444")
    bind_address: str = option("address of /healthz, /readyz and /metrics", "127.0.0.1")
    health_port: int = option("port of /healthz, /readyz and /metrics")
    identity: str = option("our name in the election, no other process's; made of the host's unless given", "")

    @property
    def tls(self) -> Identity:
        return Identity(self.certificate, self.key, self.ca)

    @functools.cached_property
    def candidate(self) -> str:
        """The same after a restart, so that a process that was killed takes over from itself at once, and nobody
        else's: a port is one process's on a host, and hosts of one name differ in their machine-id. Without a port of
        its own a process cannot be told from its neighbours, and draws a name that is new each time."""
        if self.identity:
            return self.identity
        host = "@".join(part for part in (socket.gethostname(), _machine_id()) if part)
        return f"{host}:{self.health_port or uuid.uuid4().hex}"


def _machine_id() -> str:
    """"" where there is none, as in most containers, whose host names differ instead."""
    try:
        return MACHINE_ID.read_text().strip()[:8]
    except OSError:
        return ""
