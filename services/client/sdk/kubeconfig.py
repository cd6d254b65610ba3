"""Where a kubeconfig says a cluster is, and who its user is (the part that gRPC can use)."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml

from services.client.sdk.connection import Credentials


class Access(NamedTuple):
    server: str  # the REST URL
    grpc_address: str
    credentials: Credentials
    token: str


def load(path: str | Path | None = None, context: str = "") -> Access:
    """Raises ValueError when the kubeconfig lacks what is named, or asks for what gRPC cannot do."""
    file = Path(path) if path else _default_path()
    config = yaml.safe_load(file.read_text()) or {}
    context = context or config.get("current-context", "")
    chosen = _named(config, "contexts", "context", context, file)
    cluster = _named(config, "clusters", "cluster", chosen.get("cluster", ""), file)
    user = _named(config, "users", "user", chosen["user"], file) if chosen.get("user") else {}
    if cluster.get("insecure-skip-tls-verify"):
        raise ValueError(f"{file}: insecure-skip-tls-verify is not possible over gRPC: give certificate-authority")
    for plugin in ("exec", "auth-provider"):
        if plugin in user:
            raise ValueError(f"{file}: the user of context {context!r} logs in by {plugin!r}, which is not supported")
    server = urlsplit(cluster.get("server", ""))
    if server.scheme != "https" or not server.hostname:
        raise ValueError(f"{file}: server {cluster.get('server', '')!r} is not an https address")
    host = f"[{server.hostname}]" if ":" in server.hostname else server.hostname
    credentials = Credentials(
        ca=_material(cluster, "certificate-authority", file),
        certificate=_material(user, "client-certificate", file),
        key=_material(user, "client-key", file),
        server_name=cluster.get("tls-server-name", ""),
    )
    # Certificates are taken at the next port, tokens at the one after it: gRPC cannot take either at one.
    port = (server.port or 443) + (1 if credentials.certificate else 2)
    return Access(server.geturl(), f"{host}:{port}", credentials, _token(user, file))


def namespace(path: str | Path | None = None, context: str = "") -> str:
    """Of the context; "default" when it names none. Raises ValueError."""
    file = Path(path) if path else _default_path()
    config = yaml.safe_load(file.read_text()) or {}
    chosen = _named(config, "contexts", "context", context or config.get("current-context", ""), file)
    return chosen.get("namespace") or "default"


def _default_path() -> Path:
    """The first file of $KUBECONFIG; merging several is kubectl's business."""
    listed = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return Path(listed[0]) if listed else Path.home() / ".kube" / "config"


def _named(config: dict[str, Any], section: str, key: str, name: str, file: Path) -> dict[str, Any]:
    for item in config.get(section) or ():
        if item.get("name") == name:
            return item.get(key) or {}
    raise ValueError(f"{file}: no {key} named {name!r}")


def _material(holder: dict[str, Any], key: str, file: Path) -> bytes | None:
    """PEM from `KEY-data` (base64), else from the file `KEY`, relative to the kubeconfig."""
    if data := holder.get(f"{key}-data"):
        return base64.b64decode(data)
    if name := holder.get(key):
        return (file.parent / str(name)).read_bytes()
    return None


def _token(user: dict[str, Any], file: Path) -> str:
    if name := user.get("tokenFile"):
        return (file.parent / str(name)).read_text().strip()
    return str(user.get("token", ""))
