"""TLS everywhere: one identity (certificate, key, and the CA it trusts) makes every kind of context."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NamedTuple

import grpc


class Identity(NamedTuple):
    """PEM files. `ca` is the authority whose peers are trusted."""

    certificate: Path
    key: Path
    ca: Path


def server_context(identity: Identity) -> ssl.SSLContext:
    """For servers that ask for a client certificate but also take users without one (tokens, anonymous)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    context.load_verify_locations(identity.ca)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


def client_context(identity: Identity) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(identity.ca))
    context.load_cert_chain(identity.certificate, identity.key)
    return context


def server_credentials(identity: Identity, *, require_client: bool = False) -> grpc.ServerCredentials:
    """For gRPC servers, which either demand certificates (`require_client`) or never ask for one: without it even a
    client that has one comes as nobody, and must bring a token."""
    pair = (identity.key.read_bytes(), identity.certificate.read_bytes())
    return grpc.ssl_server_credentials([pair], identity.ca.read_bytes(), require_client)


def channel_credentials(identity: Identity) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(
        identity.ca.read_bytes(), identity.key.read_bytes(), identity.certificate.read_bytes()
    )
