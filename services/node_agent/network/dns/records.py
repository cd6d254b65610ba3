"""The records of the cluster's zone, kept up to date object by object; no sockets, no wire format.

Follows the Kubernetes DNS-Based Service Discovery specification 1.1.0. A zone file rebuilt on each change was rejected:
with thousands of Services one readiness probe would cost milliseconds; here a change touches the names of one Service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

from services.objects.endpointslices import service_of
from services.objects.meta import Obj

A, NS, CNAME, SOA, PTR, TXT, AAAA, SRV, ANY = 1, 2, 5, 6, 12, 16, 28, 33, 255
NOERROR, NXDOMAIN = 0, 3
SRV_WEIGHT = 100
LONGEST_CHAIN = 8  # of CNAMEs
REVERSE = ".in-addr.arpa"

Key = tuple[str, str]  # (namespace, name)


class Record(NamedTuple):
    """`data`: an address, a name, a text, or (priority, weight, port, name) for SRV. Names have no final dot."""

    name: str
    type: int
    data: str | tuple[int, int, int, str]


@dataclass(slots=True)
class Answer:
    """`chase` is a name outside the zone that a CNAME ends in: the server asks others for it."""

    code: int = NOERROR
    records: list[Record] = field(default_factory=list)
    extra: list[Record] = field(default_factory=list)
    chase: str = ""


class Zone:
    """What the cluster knows about names. `answer` returns None for names that others have to resolve."""

    def __init__(self, domain: str, dns_address: str) -> None:
        self.domain = domain.strip(".").lower()
        self.server = f"ns.dns.{self.domain}"
        self.networks: Sequence[IPv4Network] = ()  # whose reverse names are ours alone
        self._services: dict[Key, Obj] = {}
        self._slices: dict[Key, dict[str, Obj]] = {}
        self._slice_service: dict[Key, Key] = {}
        self._written: dict[Key, list[Record]] = {}
        self._names: dict[str, list[Record]] = {}
        self._above: Counter[str] = Counter()  # names that exist because something below them does
        self._write([
            Record(self.domain, NS, self.server),
            Record(self.server, A, dns_address),
            Record(f"dns-version.{self.domain}", TXT, "1.1.0"),
        ])  # fmt: skip
        for branch in ("svc", "pod"):
            self._above[f"{branch}.{self.domain}"] += 1

    # --- what changes ---

    def set_service(self, service: Obj) -> None:
        metadata = service["metadata"]
        key = (metadata.get("namespace", ""), metadata["name"])
        self._services[key] = service
        self._rewrite(key)

    def remove_service(self, namespace: str, name: str) -> None:
        if self._services.pop((namespace, name), None) is not None:
            self._rewrite((namespace, name))

    def set_slice(self, endpointslice: Obj) -> None:
        metadata = endpointslice["metadata"]
        place, owner = (metadata.get("namespace", ""), metadata["name"]), service_of(endpointslice)
        if self._slice_service.get(place) not in (None, owner):
            self.remove_slice(*place)
        if owner is not None:
            self._slice_service[place] = owner
            self._slices.setdefault(owner, {})[metadata["name"]] = endpointslice
            self._rewrite(owner)

    def remove_slice(self, namespace: str, name: str) -> None:
        owner = self._slice_service.pop((namespace, name), None)
        if owner is None:
            return
        self._slices[owner].pop(name, None)
        if not self._slices[owner]:
            del self._slices[owner]
        self._rewrite(owner)

    # --- what is asked ---

    def answer(self, name: str, type: int) -> Answer | None:
        """`name` without final dot, in any case. NXDOMAIN for what is not there, no records if none is of the type."""
        name = name.lower()
        if name.endswith(REVERSE):
            return self._reverse(name, type)
        if not self._holds(name):
            return None
        aliases: list[Record] = []
        while (alias := self._alias(name)) is not None and type != CNAME and len(aliases) < LONGEST_CHAIN:
            aliases.append(alias)
            name = str(alias.data).lower()
            if not self._holds(name):
                return Answer(NOERROR, aliases, chase=str(alias.data))
        records = self._names.get(name) or self._pod(name)
        if not records:
            return Answer(NOERROR if self._above[name] > 0 else NXDOMAIN, aliases)
        found = [record for record in records if type in (record.type, ANY)]
        return Answer(NOERROR, aliases + found, self._targets(found))

    def _holds(self, name: str) -> bool:
        return name == self.domain or name.endswith("." + self.domain)

    def _alias(self, name: str) -> Record | None:
        return next((record for record in self._names.get(name, ()) if record.type == CNAME), None)

    def _targets(self, records: Iterable[Record]) -> list[Record]:
        """Addresses of what SRV records point to, for the additional section."""
        names = dict.fromkeys(record.data[3] for record in records if isinstance(record.data, tuple))
        return [record for name in names for record in self._names.get(name.lower(), ()) if record.type == A]

    def _pod(self, name: str) -> list[Record]:
        """`10-1-2-3.namespace.pod.domain` is that address, whether or not a pod has it (CoreDNS's `pods insecure`)."""
        labels = name[: -len(self.domain) - 1].split(".")
        if len(labels) != 3 or labels[2] != "pod":
            return []
        try:
            address = IPv4Address(labels[0].replace("-", "."))
        except ValueError:
            return []
        return [Record(name, A, str(address))]

    def _reverse(self, name: str, type: int) -> Answer | None:
        records = self._names.get(name)
        if records:
            return Answer(NOERROR, [record for record in records if type in (record.type, ANY)])
        try:
            address = IPv4Address(".".join(reversed(name.removesuffix(REVERSE).split("."))))
        except ValueError:
            return None
        return Answer(NXDOMAIN) if any(address in network for network in self.networks) else None

    # --- how it is kept ---

    def _rewrite(self, key: Key) -> None:
        self._erase(self._written.pop(key, ()))
        service = self._services.get(key)
        if service is not None:
            records = records_of(service, self._slices.get(key, {}).values(), self.domain)
            self._written[key] = records
            self._write(records)

    def _write(self, records: Iterable[Record]) -> None:
        for record in records:
            self._names.setdefault(record.name, []).append(record)
            for parent in self._parents(record.name):
                self._above[parent] += 1

    def _erase(self, records: Iterable[Record]) -> None:
        for record in records:
            kept = self._names[record.name]
            kept.remove(record)
            if not kept:
                del self._names[record.name]
            for parent in self._parents(record.name):
                self._above[parent] -= 1
                if not self._above[parent]:
                    del self._above[parent]

    def _parents(self, name: str) -> Iterable[str]:
        """The names above, up to the zone's."""
        while name.endswith("." + self.domain):
            name = name.split(".", 1)[1]
            yield name


def records_of(service: Obj, slices: Iterable[Obj], domain: str) -> list[Record]:
    """All records of one Service, in names of lower case."""
    metadata, spec = service["metadata"], service.get("spec") or {}
    base = f"{metadata['name']}.{metadata.get('namespace', '')}.svc.{domain}"
    if spec.get("type") == "ExternalName":
        return [Record(base, CNAME, spec.get("externalName", "").rstrip("."))]
    ips = [ip for ip in spec.get("clusterIPs") or [spec.get("clusterIP")] if ip]
    if "None" in ips:
        return _headless(base, slices)
    ips = [ip for ip in ips if ":" not in ip]
    records = [Record(base, A, ip) for ip in ips]
    records += [Record(reverse_name(ip), PTR, base) for ip in ips]
    for port in spec.get("ports") or () if ips else ():
        if port.get("name"):
            records.append(_srv(base, port["name"], port.get("protocol") or "TCP", port["port"], base))
    return records


def _headless(base: str, slices: Iterable[Obj]) -> list[Record]:
    """The ready endpoints themselves, under the Service's name and their own."""
    records: dict[Record, None] = {}
    for endpointslice in slices:
        if endpointslice.get("addressType", "IPv4") != "IPv4":
            continue
        for endpoint in endpointslice.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready") is False:
                continue
            for address in (endpoint.get("addresses") or ())[:1]:
                own = f"{(endpoint.get('hostname') or address.replace('.', '-')).lower()}.{base}"
                records[Record(base, A, address)] = None
                records[Record(own, A, address)] = None
                records[Record(reverse_name(address), PTR, own)] = None
                for port in endpointslice.get("ports") or ():
                    if port.get("name") and port.get("port"):
                        records[_srv(base, port["name"], port.get("protocol") or "TCP", port["port"], own)] = None
    return list(records)


def _srv(base: str, port_name: str, protocol: str, port: int, target: str) -> Record:
    return Record(f"_{port_name.lower()}._{protocol.lower()}.{base}", SRV, (0, SRV_WEIGHT, port, target))


def reverse_name(address: str) -> str:
    return ".".join(reversed(address.split("."))) + REVERSE
