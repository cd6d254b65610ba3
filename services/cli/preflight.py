"""What `pinnace up` needs, asked before anything is changed; every refusal is one sentence with its remedy."""

from __future__ import annotations

import os
import shutil
import socket

import aiodocker
import aiohttp

from services.cli.cluster import Cluster


class Refused(Exception):
    """Something the user must mend first."""


async def check(cluster: Cluster) -> None:
    """Raises Refused at the first thing that is missing."""
    if os.geteuid() != 0:
        raise Refused("pinnace up makes network interfaces and firewall rules, so it needs root: run it with sudo")
    for binary, package in (("etcd", "etcd-server"), ("nft", "nftables"), ("iptables", "iptables")):
        if shutil.which(binary) is None:
            raise Refused(f"{binary} is not installed: install it with `apt-get install {package}`")
    await docker_answers(cluster.docker)
    for option, port in (
        ("port", cluster.port),
        ("grpc-port", cluster.grpc_port),
        ("grpc-port", cluster.grpc_port + 1),
        ("etcd-port", cluster.etcd_port),
        ("etcd-port", cluster.etcd_port + 1),
        *(("health-port", cluster.health_port + offset) for offset in range(4)),
    ):
        if _taken(port):
            raise Refused(f"port {port} is taken by another process: stop that one, or choose another with --{option}")


async def docker_answers(url: str) -> None:
    """Raises Refused when no Docker Engine answers at `url`."""
    try:
        docker = aiodocker.Docker(url=url)
        try:
            await docker.version()
        finally:
            await docker.close()
    except (aiohttp.ClientError, aiodocker.DockerError, OSError, ValueError) as error:
        raise Refused(
            f"Docker does not answer at {url} ({error}): install it with `apt-get install docker.io`, start it with "
            "`systemctl start docker` or `dockerd`, or name another one with --docker"
        ) from error


def _taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return True
    return False
