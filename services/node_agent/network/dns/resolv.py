"""resolv.conf: what the host's says, and what a pod gets; pure but for the one reader of the host's file.

The rules are kubelet's (dnsPolicy, dnsConfig). One is ours: nameservers on the host's loopback (systemd-resolved,
Docker's embedded DNS) mean nothing inside a pod; the cluster's DNS, which forwards to them, stands in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from services.objects.meta import Obj

NAMESERVERS_LIMIT = 3
SEARCH_LIMIT = 32
CLUSTER_OPTIONS = ("ndots:5",)


@dataclass(frozen=True, slots=True)
class ResolvConf:
    nameservers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = []
        if self.search:
            lines.append("search " + " ".join(self.search[:SEARCH_LIMIT]))
        lines += [f"nameserver {server}" for server in self.nameservers[:NAMESERVERS_LIMIT]]
        if self.options:
            lines.append("options " + " ".join(self.options))
        return "".join(line + "\n" for line in lines)


def read(path: Path) -> ResolvConf:
    """An absent file is an empty one: a host without DNS still runs pods."""
    try:
        return parse(path.read_text(errors="replace"))
    except FileNotFoundError:
        return ResolvConf()


def parse(text: str) -> ResolvConf:
    """As resolv.conf(5): the last `search` or `domain` counts, options add up."""
    nameservers: list[str] = []
    search: list[str] = []
    options: list[str] = []
    for line in text.splitlines():
        word, *rest = line.split("#", 1)[0].split(";", 1)[0].split() or [""]
        match word:
            case "nameserver" if rest:
                nameservers.append(rest[0])
            case "search" | "domain":
                search = [name.rstrip(".") or "." for name in rest]
            case "options":
                options += rest
    return ResolvConf(_unique(nameservers), _unique(search), _unique(options))


def for_pod(pod: Obj, cluster_dns: str, domain: str, host: ResolvConf) -> ResolvConf:
    """By the pod's dnsPolicy, then its dnsConfig on top."""
    spec = pod.get("spec") or {}
    policy = spec.get("dnsPolicy") or "ClusterFirst"
    on_host = bool(spec.get("hostNetwork"))
    if policy == "None":
        start = ResolvConf()
    elif policy == "Default" or (policy == "ClusterFirst" and on_host):
        servers = host.nameservers if on_host else tuple(s for s in host.nameservers if not is_loopback(s))
        start = ResolvConf(servers or (cluster_dns,), host.search, host.options)
    else:
        namespace = pod["metadata"].get("namespace") or "default"
        own = (f"{namespace}.svc.{domain}", f"svc.{domain}", domain)
        start = ResolvConf((cluster_dns,), _unique([*own, *host.search]), CLUSTER_OPTIONS)
    return _with_config(start, spec.get("dnsConfig") or {})


def is_loopback(nameserver: str) -> bool:
    return nameserver.startswith("127.") or nameserver == "::1"


def _with_config(start: ResolvConf, config: Obj) -> ResolvConf:
    """dnsConfig adds nameservers and searches behind, and replaces options of the same name."""
    options = {option.split(":", 1)[0]: option for option in start.options}
    for option in config.get("options") or ():
        value = option.get("value")
        options[option["name"]] = f"{option['name']}:{value}" if value not in (None, "") else option["name"]
    return ResolvConf(
        _unique([*start.nameservers, *(config.get("nameservers") or ())]),
        _unique([*start.search, *(config.get("searches") or ())]),
        tuple(options.values()),
    )


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
