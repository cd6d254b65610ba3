"""A one-machine cluster: where its state lives, which processes it has, and with which arguments they run."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import orjson
from pyroute2 import IPRoute

from services.cli.pki import Pki
from services.foundation.settings import option


@dataclass(frozen=True)
class Cluster:
    """The settings of a cluster, kept in its state directory so that every later command finds them."""

    state_dir: Path = option("directory of all state", Path("/var/lib/pinnace"))
    node_name: str = option("name of the node; default: the host's name", "")
    node_ip: str = option("address of the node; default: that of the default route", "")
    port: int = option("the API over HTTPS", 6443)
    grpc_port: int = option("the API over gRPC, for client certificates; the next one is for tokens", 6444)
    etcd_port: int = option("etcd's clients; its peer port is the next one", 12379)
    health_port: int = option("the controller-manager's health; node-agent, scheduler, `explain` are next", 10257)
    docker: str = option("the Docker Engine", "unix:///var/run/docker.sock")
    service_cidr: str = option("addresses of Services", "10.96.0.0/16")
    cluster_cidr: str = option("addresses of pods", "10.244.0.0/16")
    kubeconfig: Path = option("the kubeconfig that gets the context `pinnace`", Path("~/.kube/config"))

    @property
    def pki(self) -> Pki:
        return Pki(self.state_dir / "pki")

    @property
    def server(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def own_kubeconfig(self) -> Path:
        return self.state_dir / "kubeconfig"

    @property
    def logs(self) -> Path:
        return self.state_dir / "logs"

    @property
    def api_address(self) -> str:
        """The first address of the service range: the Service `kubernetes`."""
        return _nth_address(self.service_cidr, 1)

    @property
    def dns_address(self) -> str:
        return _nth_address(self.service_cidr, 10)

    @property
    def certificate_names(self) -> tuple[str, ...]:
        return (socket.gethostname(), self.node_name, self.node_ip, self.api_address)

    def resolved(self) -> Cluster:
        """With the defaults that depend on the machine; raises OSError when it has no address at all."""
        return dataclasses.replace(
            self,
            state_dir=self.state_dir.expanduser().absolute(),
            kubeconfig=self.kubeconfig.expanduser().absolute(),
            node_name=self.node_name or socket.gethostname().lower(),
            node_ip=self.node_ip or _address_of_default_route(),
        )

    def save(self) -> None:
        (self.state_dir / "cluster.json").write_bytes(
            orjson.dumps(dataclasses.asdict(self), default=str, option=orjson.OPT_INDENT_2)
        )


def load(state_dir: Path) -> Cluster | None:
    """The cluster whose state is in this directory, None when there is none."""
    path = state_dir.expanduser().absolute() / "cluster.json"
    if not path.exists():
        return None
    values = orjson.loads(path.read_bytes())
    for name in ("state_dir", "kubeconfig"):
        values[name] = Path(values[name])
    return Cluster(**values)


@dataclass(frozen=True)
class Component:
    """A child process of the supervisor."""

    name: str
    command: tuple[str, ...]


def components(cluster: Cluster) -> list[Component]:
    """In the order in which they are started; they are stopped in the reverse order."""
    return [_etcd(cluster), _apiserver(cluster), _controller_manager(cluster), _scheduler(cluster), _agent(cluster)]


def _etcd(cluster: Cluster) -> Component:
    pki = cluster.pki
    server = pki.identity("etcd/server", "etcd/ca")
    clients, peers = f"https://127.0.0.1:{cluster.etcd_port}", f"https://127.0.0.1:{cluster.etcd_port + 1}"
    binary = shutil.which("etcd") or "etcd"
    return Component(
        "etcd",
        (
            binary,
            "--name=pinnace",
            f"--data-dir={cluster.state_dir / 'etcd'}",
            f"--listen-client-urls={clients}",
            f"--advertise-client-urls={clients}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=pinnace={peers}",
            "--client-cert-auth",
            "--peer-client-cert-auth",
            f"--cert-file={server.certificate}",
            f"--key-file={server.key}",
            f"--trusted-ca-file={server.ca}",
            f"--peer-cert-file={server.certificate}",
            f"--peer-key-file={server.key}",
            f"--peer-trusted-ca-file={server.ca}",
            "--experimental-watch-progress-notify-interval=5s",
            "--max-request-bytes=8388608",
            "--quota-backend-bytes=8589934592",
            "--auto-compaction-retention=0",
            "--logger=zap",
            "--log-level=warn",
        ),
    )


def _python(name: str, module: str, /, **flags: object) -> Component:
    arguments = [f"--{flag.replace('_', '-')}={value}" for flag, value in flags.items()]
    return Component(name, (sys.executable, "-m", f"services.{module}", *arguments))


def _etcd_flags(cluster: Cluster) -> dict[str, object]:
    client = cluster.pki.identity("etcd/client", "etcd/ca")
    return {
        "etcd_endpoints": f"https://127.0.0.1:{cluster.etcd_port}",
        "etcd_ca": client.ca,
        "etcd_certificate": client.certificate,
        "etcd_key": client.key,
    }


def _client_flags(cluster: Cluster, leaf: str) -> dict[str, object]:
    identity = cluster.pki.identity(leaf)
    return {
        "apiserver": f"127.0.0.1:{cluster.grpc_port}",
        "certificate": identity.certificate,
        "key": identity.key,
        "ca": identity.ca,
    }


def _apiserver(cluster: Cluster) -> Component:
    identity = cluster.pki.identity("apiserver")
    return _python(
        "apiserver",
        "apiserver",
        **_etcd_flags(cluster),
        port=cluster.port,
        grpc_port=cluster.grpc_port,
        advertise_address=cluster.node_ip,
        certificate=identity.certificate,
        key=identity.key,
        client_ca=identity.ca,
        service_account_key=cluster.pki.service_account_key,
        service_cidr=cluster.service_cidr,
    )


def _controller_manager(cluster: Cluster) -> Component:
    return _python(
        "controller-manager",
        "controller_manager",
        **_etcd_flags(cluster),
        **_client_flags(cluster, "controller-manager"),
        cluster_cidr=cluster.cluster_cidr,
        root_ca=cluster.pki.identity("admin").ca,
        health_port=cluster.health_port,
    )


def _scheduler(cluster: Cluster) -> Component:
    return _python(
        "scheduler",
        "scheduler",
        **_etcd_flags(cluster),
        **_client_flags(cluster, "scheduler"),
        health_port=cluster.health_port + 2,
        explain_address=f"127.0.0.1:{cluster.health_port + 3}",
    )


def _agent(cluster: Cluster) -> Component:
    return _python(
        "node-agent",
        "node_agent",
        **_client_flags(cluster, f"node-{cluster.node_name}"),
        name=cluster.node_name,
        node_ip=cluster.node_ip,
        state_dir=cluster.state_dir / "node",
        docker=cluster.docker,
        cluster_dns=cluster.dns_address,
        health_port=cluster.health_port + 1,
    )


def _nth_address(cidr: str, n: int) -> str:
    return str(ipaddress.ip_network(cidr)[n])


def _address_of_default_route() -> str:
    """The source address towards the outside; nothing is sent. Without a route, that of any interface but loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: an address of nobody
            return str(probe.getsockname()[0])
        except OSError:
            pass  # there is no route to the outside
    with IPRoute() as routes:
        for address in routes.get_addr(family=socket.AF_INET):
            text = str(address.get_attr("IFA_ADDRESS"))
            if not text.startswith("127."):
                return text
    raise OSError("this machine has no IPv4 address but loopback: give one with --node-ip")


def running_supervisor(state_dir: Path) -> int | None:
    """The supervisor's process id, None when it does not run. A stale file of an earlier boot does not fool it."""
    try:
        pid = int((state_dir / "supervisor.pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if b"services.cli.supervisor" in command and os.fsencode(state_dir) in command else None
