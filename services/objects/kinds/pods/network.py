"""The rules of how a pod is called and whom it asks for names."""

from __future__ import annotations

import re

from services.objects import names
from services.objects.kinds.validation.endpoint import validate_ip
from services.objects.kinds.validation.field import Causes, add_invalid, forbidden, invalid, required, too_long
from services.objects.meta import Obj

_NAMESERVERS, _SEARCH_PATHS, _SEARCH_SIZE = 3, 32, 2048
_LONGEST_HOSTNAME = 64
_UNDERSCORED = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_SEARCH = rf"{_UNDERSCORED}(\.{_UNDERSCORED})*"
_search = re.compile(_SEARCH).fullmatch
_SEARCH_ERROR = ("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-', '_' or '.', "
                 "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation "
                 f"is '{_SEARCH}')")  # fmt: skip


def validate_hostnames(causes: Causes, path: str, spec: Obj) -> None:
    for field in ("hostname", "subdomain"):
        value = spec.get(field)
        if value:
            add_invalid(causes, f"{path}.{field}", value, names.is_dns1123_label(value))
    override = spec.get("hostnameOverride")
    if not override:
        return
    where = f"{path}.hostnameOverride"
    add_invalid(causes, where, override, names.is_dns1123_subdomain(override))
    if len(override) > _LONGEST_HOSTNAME:
        causes.append(too_long(where, _LONGEST_HOSTNAME))
    if spec.get("setHostnameAsFQDN"):
        causes.append(forbidden(where, "may not be specified when setHostnameAsFQDN is true"))
    if spec.get("hostNetwork"):
        causes.append(forbidden(where, "may not be specified when hostNetwork is true"))


def validate_dns(causes: Causes, path: str, spec: Obj) -> None:
    config = spec.get("dnsConfig")
    path = f"{path}.dnsConfig"
    if spec.get("dnsPolicy") == "None":
        if config is None:
            causes.append(required(path, "must provide `dnsConfig` when `dnsPolicy` is None"))
            return
        if not config.get("nameservers"):
            causes.append(required(f"{path}.nameservers",
                                   "must provide at least one DNS nameserver when `dnsPolicy` is None"))  # fmt: skip
            return
    if config is None:
        return
    servers, searches = config.get("nameservers") or [], config.get("searches") or []
    if len(servers) > _NAMESERVERS:
        causes.append(invalid(f"{path}.nameservers", servers, f"must not have more than {_NAMESERVERS} nameservers"))
    for index, server in enumerate(servers):
        validate_ip(causes, f"{path}.nameservers[{index}]", server)
    if len(searches) > _SEARCH_PATHS:
        causes.append(invalid(f"{path}.searches", searches, f"must not have more than {_SEARCH_PATHS} search paths"))
    if len(" ".join(searches)) > _SEARCH_SIZE:
        causes.append(invalid(f"{path}.searches", searches, f"must not have more than {_SEARCH_SIZE} characters "
                                                            "(including spaces) in the search list"))  # fmt: skip
    for index, search in enumerate(searches):
        if search != ".":
            _validate_search(causes, f"{path}.searches[{index}]", search.removesuffix("."))
    for index, option in enumerate(config.get("options") or ()):
        if not option.get("name"):
            causes.append(required(f"{path}.options[{index}]", "must not be empty"))


def _validate_search(causes: Causes, path: str, domain: str) -> None:
    """A domain, in which underscores are borne as well."""
    if len(domain) > 253:
        causes.append(invalid(path, domain, names.too_long(253)))
    if not _search(domain[:4096]):
        causes.append(invalid(path, domain, _SEARCH_ERROR))


def validate_host_aliases(causes: Causes, path: str, aliases: list[Obj]) -> None:
    for index, alias in enumerate(aliases):
        validate_ip(causes, f"{path}[{index}].ip", alias.get("ip") or "")
        for place, name in enumerate(alias.get("hostnames") or ()):
            add_invalid(causes, f"{path}[{index}].hostnames[{place}]", name, names.is_dns1123_subdomain(name))
