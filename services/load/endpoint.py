"""Where the API is and who asks: from a kubeconfig, or from `--server` and `--token`."""

from __future__ import annotations

import base64
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from services.load.http import Connection, Requests, connect


class EndpointError(Exception):
    """One sentence about what is wrong with the kubeconfig or the address."""


@dataclass(frozen=True)
class Endpoint:
    """`context` is None for plain HTTP."""

    host: str
    port: int
    context: ssl.SSLContext | None
    requests: Requests
    server_name: str = ""

    async def connect(self) -> Connection:
        """Raises EndpointError."""
        try:
            return await connect(self.host, self.port, self.context, self.server_name)
        except (OSError, TimeoutError) as error:
            why = str(error) or "no answer"
            raise EndpointError(f"the server at {self.host}:{self.port} cannot be reached: {why}") from None

    @property
    def is_local(self) -> bool:
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


def from_server(server: str, token: str = "", ca: str = "", *, insecure: bool = False) -> Endpoint:
    """`ca` is a PEM file; without one, the system's authorities are trusted."""
    cluster = {"certificate-authority": ca, "insecure-skip-tls-verify": insecure}
    return _endpoint(server, cluster, {"token": token}, None)


def from_kubeconfig(path: Path, context: str = "") -> Endpoint:
    """`context` is the file's current one unless named. Raises EndpointError."""
    try:
        config = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise EndpointError(f"{path} cannot be read: {error}") from None
    if not isinstance(config, dict):
        raise EndpointError(f"{path} is no kubeconfig")
    name = context or config.get("current-context") or ""
    chosen = _named(config, "contexts", "context", name, path)
    cluster = _named(config, "clusters", "cluster", chosen.get("cluster", ""), path)
    user = _named(config, "users", "user", chosen["user"], path) if chosen.get("user") else {}
    if "exec" in user or "auth-provider" in user:
        raise EndpointError(f"{path} gets its credentials from a plugin: use --server and --token")
    return _endpoint(cluster.get("server", ""), cluster, user, path.parent)


def _named(config: dict[str, Any], plural: str, singular: str, name: str, path: Path) -> dict[str, Any]:
    for entry in config.get(plural) or ():
        if entry.get("name") == name:
            return entry.get(singular) or {}
    raise EndpointError(f"{path} has no {singular} {name!r}")


def _endpoint(server: str, cluster: dict[str, Any], user: dict[str, Any], directory: Path | None) -> Endpoint:
    address = urlsplit(server)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise EndpointError(f"{server!r} is no address of a server: it looks like https://127.0.0.1:6443")
    token = _token(user, directory)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Endpoint(
        host=address.hostname,
        port=address.port or (443 if address.scheme == "https" else 80),
        context=_context(cluster, user, directory) if address.scheme == "https" else None,
        requests=Requests(address.netloc, address.path.rstrip("/"), headers),
        server_name=cluster.get("tls-server-name", ""),
    )


def _token(user: dict[str, Any], directory: Path | None) -> str:
    if user.get("token"):
        return str(user["token"])
    file = user.get("tokenFile")
    try:
        return (directory or Path()).joinpath(file).read_text().strip() if file else ""
    except OSError as error:
        raise EndpointError(f"the token cannot be read: {error}") from None


def _context(cluster: dict[str, Any], user: dict[str, Any], directory: Path | None) -> ssl.SSLContext:
    with tempfile.TemporaryDirectory() as scratch:  # the ssl module loads certificates and keys from files only

        def file(source: dict[str, Any], name: str) -> str:
            data = source.get(f"{name}-data")
            if data:
                path = Path(scratch, name)
                path.touch(mode=0o600)
                path.write_bytes(base64.b64decode(data))
                return str(path)
            return str((directory or Path()).joinpath(source[name])) if source.get(name) else ""

        try:
            context = ssl.create_default_context(cafile=file(cluster, "certificate-authority") or None)
            certificate = file(user, "client-certificate")
            if certificate:
                context.load_cert_chain(certificate, file(user, "client-key") or None)
        except (OSError, ValueError) as error:
            raise EndpointError(f"the certificates cannot be used: {error}") from None
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
