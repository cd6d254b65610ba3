"""How a process of the control plane is told where etcd is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.foundation.settings import option
from services.foundation.tls import Identity


@dataclass(frozen=True, kw_only=True)
class EtcdSettings:
    """To be inherited by the settings of a process."""

    etcd_endpoints: tuple[str, ...] = option("etcd's client URLs, comma-separated", ("https://127.0.0.1:2379",))
    etcd_ca: Path | None = option("the authority that signed etcd's certificate, PEM", None)
    etcd_certificate: Path | None = option("our client certificate for etcd, PEM", None)
    etcd_key: Path | None = option("its key, PEM", None)

    @property
    def etcd_identity(self) -> Identity | None:
        """None when etcd is spoken to without TLS."""
        if self.etcd_ca is None or self.etcd_certificate is None or self.etcd_key is None:
            return None
        return Identity(self.etcd_certificate, self.etcd_key, self.etcd_ca)
