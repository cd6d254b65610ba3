"""The network of one node's pods: interfaces, Services, names. The one face the agent sees.

What exists in the kernel is the state: an agent that starts finds pods' interfaces with their addresses, the bridge
with its podCIDR, and takes over from there; stopping the agent leaves everything in place, so pods and Services go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pyroute2.netlink.exceptions import NetlinkError

from services.foundation import log
from services.node_agent.network import addresses, commands, docker_user, namespace, nodes, selfcheck, sysctls
from services.node_agent.network.dns import resolv
from services.node_agent.network.dns.forward import Forwarder
from services.node_agent.network.dns.records import Zone
from services.node_agent.network.dns.server import Server
from services.node_agent.network.links import Links
from services.node_agent.network.proxy.balance import Balance
from services.node_agent.network.proxy.host_ports import HostPorts
from services.node_agent.network.proxy.ruleset import Interfaces
from services.node_agent.network.proxy.table import Table
from services.objects.kinds import ENDPOINTSLICE, NODE, POD, SERVICE
from services.objects.meta import Obj, uid_of

logger = log.get(__name__)
T = TypeVar("T")

RESYNC = 60.0  # seconds between looks at what others may have changed
COALESCE = 0.02
RETRY_FIRST, RETRY_LAST = 0.5, 30.0
TROUBLE = (commands.CommandFailed, NetlinkError, OSError)


class NetworkNotReady(Exception):
    """The node has no podCIDR yet: try again."""


class Follows(Protocol):
    """What is needed of an informer."""

    synced: asyncio.Event

    def subscribe(self, kind: Any, handler: Callable[[Obj | None, Obj | None], None]) -> None: ...


@dataclass(frozen=True, slots=True)
class Names:
    """What this node's things are called in the kernel; tests and second agents on a host use their own."""

    bridge: str = "pinnace0"
    dns_link: str = "pinnace-dns"
    veth_prefix: str = "pin"
    table: str = "pinnace"


class PodNetwork:
    """`start`, then `run` in a TaskGroup; `attach` and `detach` at any time after `start`. Nothing is kept in files:
    the kernel is the registry."""

    def __init__(
        self,
        node_name: str,
        node_ip: str,
        cluster_dns: str,
        cluster_domain: str,
        *,
        names: Names | None = None,
        patience: float = 15.0,
        host_resolv_conf: Path = Path("/etc/resolv.conf"),
    ) -> None:
        self.node_name = node_name
        self.node_ip = IPv4Address(node_ip)
        self.cluster_dns = IPv4Address(cluster_dns)
        self.cluster_domain = cluster_domain.strip(".")
        self.names = names or Names()
        self.problem = "the pod network has not started"
        """Why pods cannot use the network now, as one sentence; "" when they can."""
        self.checked = asyncio.Event()
        """Set when the start-up self-check is over, whatever it found."""
        self._host_resolv_conf = host_resolv_conf
        self._links = Links(self.names.bridge, self.names.dns_link, self.names.veth_prefix)
        self._table = Table(self.names.table, Interfaces(self.names.bridge, node_ip, cluster_dns))
        self._balance = Balance(node_name, cluster_dns)
        self._host_ports = HostPorts()
        self._zone = Zone(self.cluster_domain, cluster_dns)
        self._dns = Server(self._zone, Forwarder(self._nameservers))
        self._thread: ThreadPoolExecutor | None = None
        self._cidr: IPv4Network | None = None
        self._has_cidr = asyncio.Event()
        self._patience = patience
        self._attached: set[str] = set()  # by this process
        self._uplink: str | None = None
        self._sites: dict[str, nodes.Site] = {}
        self._routes: dict[IPv4Network, IPv4Address] | None = None
        self._synced: asyncio.Event | None = None
        self._wake = asyncio.Event()
        self._changes = 0  # how many were noticed, and how many of them the kernel has
        self._applied = 0
        self._progress = asyncio.Condition()
        self._distrust = False

    # --- life ---

    async def start(self) -> None:
        """Idempotent. Raises OSError, NetlinkError or CommandFailed when the kernel or the tools refuse."""
        if self._thread is None:
            # One thread: netlink calls follow each other, and the addresses they hand out need no lock.
            self._thread = ThreadPoolExecutor(1, "netlink")
        sysctls.write("ipv4/ip_forward", "1")
        self._uplink = await self._netlink(self._links.uplink, self.node_ip)
        await self._netlink(self._links.ensure_dns_link, self.cluster_dns)
        known = await self._netlink(self._links.bridge_cidrs)
        if self._cidr is None and known:
            self._know_cidr(known[-1])
        await docker_user.ensure(self.names.bridge)
        if self._cidr is not None:
            await self._stand_bridge(self._cidr)
        if not await self._table.exists():
            # Rules that an earlier agent left serve on until the informer knows better.
            await self._apply_rules()
        if self._uplink is not None:
            sysctls.write(f"ipv4/conf/{self._uplink}/route_localnet", "1")
        await self._dns.listen(str(self.cluster_dns))
        self.problem = "" if self._cidr is not None else "the node has no podCIDR yet"

    async def run(self) -> None:
        """Applies what changes until cancelled; looks after everything once a minute."""
        if self._synced is not None:
            await self._synced.wait()
        self._dns.complete = True
        self._table.distrust()
        delay = RETRY_FIRST
        self._changed()
        while True:
            try:
                async with asyncio.timeout(RESYNC):
                    await self._wake.wait()
                await asyncio.sleep(COALESCE)
            except TimeoutError:
                self._distrust = True
            self._wake.clear()
            seen = self._changes
            try:
                await self._apply()
            except TROUBLE as error:
                logger.error("the pod network could not be brought up to date", error=str(error), retry_in=delay)
                self.problem = f"the pod network could not be brought up to date: {error}"
                await asyncio.sleep(delay)
                delay = min(delay * 2, RETRY_LAST)
                self._changed()
            else:
                self.problem = "" if self._cidr is not None else "the node has no podCIDR yet"
                delay = RETRY_FIRST
                async with self._progress:
                    self._applied = max(seen, self._applied)
                    self._progress.notify_all()
                if self._cidr is not None and not self.checked.is_set():
                    await self._self_check()
                    self.checked.set()

    def resync(self) -> None:
        """Something else may have changed the host's network (Docker was restarted): look after everything soon."""
        self._distrust = True
        self._changed()

    async def settled(self, timeout: float) -> None:
        """Returns when the kernel has every change noticed so far; raises TimeoutError."""
        noticed = self._changes
        async with asyncio.timeout(timeout), self._progress:
            await self._progress.wait_for(lambda: self._applied >= noticed)

    async def stop(self) -> None:
        """Closes what this process holds. Pods keep their network, Services their rules; names need an agent."""
        await self._dns.close()
        if self._thread is not None:
            self._thread.shutdown(wait=True)
            self._thread = None

    async def remove(self) -> None:
        """Takes everything away: interfaces, addresses, rules, routes. Idempotent, and needs no `start`."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "netlink")
        await self._dns.close()
        await self._netlink(self._links.remove_all)
        await self._table.remove()
        await docker_user.remove(self.names.bridge)
        uplink = self._uplink or await self._netlink(self._links.uplink, self.node_ip)
        if uplink is not None:
            sysctls.write(f"ipv4/conf/{uplink}/route_localnet", "0")
        self._cidr, self._routes = None, None
        self._has_cidr.clear()
        await self.stop()

    # --- pods ---

    async def set_pod_cidr(self, cidr: str) -> None:
        """The range this node's pods get their addresses from; idempotent. Pods keep addresses of an earlier one."""
        wanted = IPv4Network(cidr)
        if await self._take_cidr(wanted):
            self._changed()

    async def attach(self, pod_uid: str, pid: int) -> str:
        """Network for the pod whose pause container is `pid`; the same address again whenever it is asked again.

        A pod may come before the node's podCIDR does (after a reboot, for instance): waits a while for it.
        Raises NetworkNotReady, addresses.NoFreeAddress, and OSError (the process is gone).
        """
        return await self.attach_namespace(pod_uid, namespace.of_pid(pid))

    async def attach_namespace(self, pod_uid: str, target: Path) -> str:
        try:
            async with asyncio.timeout(self._patience):
                await self._has_cidr.wait()
        except TimeoutError as error:
            raise NetworkNotReady("the node has no podCIDR yet") from error
        self._attached.add(pod_uid)
        address = str(await self._netlink(self._links.attach, pod_uid, target, self._cidr, self._uplink))
        if self._host_ports.attach(pod_uid, address):
            self._changed()
        return address

    async def detach(self, pod_uid: str) -> None:
        """Idempotent; releases the address."""
        self._attached.discard(pod_uid)
        if self._host_ports.detach(pod_uid):
            self._changed()
        await self._netlink(self._links.detach, pod_uid)

    async def adopt(self, running: Mapping[str, int]) -> None:
        """At the agent's start: pods of `running` (uid -> pid of the pause container) keep theirs, the rest goes.

        Pods attached meanwhile are left alone. All are seen to before the first error is raised (as `attach` does).
        """
        for uid in await self._netlink(self._links.tenants):
            if uid not in running and uid not in self._attached:
                await self.detach(uid)
        given = running.items() if self._cidr is not None else ()
        outcomes = await asyncio.gather(*(self.attach(uid, pid) for uid, pid in given), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def addresses(self) -> dict[str, str]:
        """Pod uid -> address, as the kernel has it."""
        tenants = await self._netlink(self._links.tenants)
        return {uid: str(address) for uid, address in tenants.items() if uid != selfcheck.UID}

    def resolv_conf(self, pod: Obj) -> str:
        host = resolv.read(self._host_resolv_conf)
        return str(resolv.for_pod(pod, str(self.cluster_dns), self.cluster_domain, host))

    # --- what the cluster says ---

    def follow(self, informer: Follows) -> None:
        """Call before the informer runs: Services and EndpointSlices become rules and names, Nodes become routes,
        and the hostPorts of this node's Pods become rules."""
        self._synced = informer.synced
        informer.subscribe(SERVICE, self.on_service)
        informer.subscribe(ENDPOINTSLICE, self.on_endpointslice)
        informer.subscribe(NODE, self.on_node)
        informer.subscribe(POD, self.on_pod)

    def on_service(self, old: Obj | None, new: Obj | None) -> None:
        if new is not None:
            self._zone.set_service(new)
            self._balance.set_service(new)
        elif old is not None:
            metadata = old["metadata"]
            self._zone.remove_service(metadata["namespace"], metadata["name"])
            self._balance.remove_service(metadata["namespace"], metadata["name"])
        self._changed()

    def on_endpointslice(self, old: Obj | None, new: Obj | None) -> None:
        if new is not None:
            self._zone.set_slice(new)
            self._balance.set_slice(new)
        elif old is not None:
            metadata = old["metadata"]
            self._zone.remove_slice(metadata["namespace"], metadata["name"])
            self._balance.remove_slice(metadata["namespace"], metadata["name"])
        self._changed()

    def on_node(self, old: Obj | None, new: Obj | None) -> None:
        obj = new or old
        if obj is None:
            return
        name = obj["metadata"]["name"]
        site = nodes.site_of(new) if new is not None else nodes.Site(None, None)
        if self._sites.get(name) != site:
            self._sites[name] = site
            self._changed()
        if new is None:
            self._sites.pop(name, None)

    def on_pod(self, old: Obj | None, new: Obj | None) -> None:
        changed = False
        if old is not None and (new is None or uid_of(old) != uid_of(new)):
            changed = self._host_ports.remove_pod(uid_of(old))
        if new is not None:
            changed |= self._host_ports.set_pod(new)
        if changed:
            self._changed()

    # --- bringing the kernel up to date ---

    def _changed(self) -> None:
        self._changes += 1
        self._wake.set()

    async def _apply(self) -> None:
        distrust, self._distrust = self._distrust, False
        own = self._sites.get(self.node_name)
        if own is not None and own.cidr is not None:
            await self._take_cidr(own.cidr)
        if distrust:
            await self._look_after()
        self._zone.networks = (*self._cidrs(), *((self._cidr,) if self._cidr else ()))
        self._balance.set_cidrs(map(str, self._zone.networks), [str(self._cidr)] if self._cidr else [])
        await self._apply_rules()
        routes = nodes.routes(self.node_name, self.node_ip, self._sites.items())
        if routes != self._routes:
            refused = await self._netlink(self._links.set_routes, routes)
            self._routes = routes if not refused else None
            if refused:
                raise OSError("; ".join(refused.values()))

    async def _apply_rules(self) -> None:
        local = {"127.0.0.1", str(self.node_ip), *([str(addresses.gateway(self._cidr))] if self._cidr else ())}
        await self._table.apply(*self._balance.ruleset(self._host_ports.shares()), local)

    async def _take_cidr(self, wanted: IPv4Network) -> bool:
        if wanted == self._cidr:
            return False
        await self._stand_bridge(wanted)
        self._know_cidr(wanted)
        self.problem = ""
        return True

    def _know_cidr(self, cidr: IPv4Network) -> None:
        self._cidr = cidr
        self._has_cidr.set()

    async def _look_after(self) -> None:
        """What firewalls, Docker or people may have taken away."""
        sysctls.write("ipv4/ip_forward", "1")
        self._routes = None
        if await docker_user.ensure(self.names.bridge):
            logger.info("pod traffic let through again in DOCKER-USER")
        if not await self._table.exists():
            logger.warning("the nftables table was gone", table=self.names.table)
            self._table.distrust()
        await self._netlink(self._links.ensure_dns_link, self.cluster_dns)
        if self._cidr is not None:
            await self._stand_bridge(self._cidr)

    async def _stand_bridge(self, cidr: IPv4Network) -> None:
        await self._netlink(self._links.ensure_bridge, cidr, self._uplink)
        sysctls.write(f"ipv4/conf/{self.names.bridge}/route_localnet", "1")
        gateway = str(addresses.gateway(cidr))
        try:
            await self._dns.listen(gateway)
        except OSError as error:
            logger.warning("no DNS on the bridge's own address", address=gateway, error=str(error))

    async def _self_check(self) -> None:
        """Resolves a name from inside a namespace attached like a pod's; what is wrong is logged, not fatal."""
        try:
            await selfcheck.resolves(self, str(self.cluster_dns), f"ns.dns.{self.cluster_domain}")
        except addresses.NoFreeAddress:
            logger.info("no address left to check with that names resolve in pods")
        except selfcheck.DoesNotResolve as error:
            logger.error("names do not resolve in pods", error=str(error))
        else:
            logger.info("names resolve in pods", server=str(self.cluster_dns))

    def _cidrs(self) -> list[IPv4Network]:
        return [site.cidr for site in self._sites.values() if site.cidr is not None]

    def _nameservers(self) -> list[tuple[str, int]]:
        """The host's, but never ourselves: a question would go round for ever."""
        own = {str(self.cluster_dns), *((str(addresses.gateway(self._cidr)),) if self._cidr else ())}
        return [(server, 53) for server in resolv.read(self._host_resolv_conf).nameservers if server not in own]

    async def _netlink(self, work: Callable[..., T], *arguments: Any) -> T:
        if self._thread is None:
            raise NetworkNotReady("the pod network has not started")
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*arguments))
