"""IP addresses and CIDRs in fields: strict ones only, as Kubernetes 1.36 takes them (StrictIPCIDRValidation).

An IPv4 address with leading zeros means different machines to different programs, and so does an IPv4 address inside an
IPv6 one; both are told apart from what is no address at all. Fields older than these rules take any spelling of an IPv6
address (`legacy`), younger ones only the canonical one.
"""

from __future__ import annotations

import ipaddress
import re

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NO_ADDRESS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
NO_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_LONGEST = 100  # characters; no address is longer, whatever its zeros

_leading_zeros = re.compile(r"(?<![0-9a-fA-F:.])0+(?=[0-9]+\.)|(?<=[.:])0+(?=[0-9]+(?:\.|$))").sub


def parse(text: str) -> Address | None:
    """The address, read strictly; None is none."""
    if "%" in text or len(text) > _LONGEST:
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def is_address(text: str) -> bool:
    """Whether anybody could take the text for an address: leading zeros are allowed here."""
    return parse(text) is not None or ("." in text and parse(_without_zeros(text)) is not None)


def _without_zeros(text: str) -> str:
    return _leading_zeros("", text) if len(text) <= _LONGEST else text


def _shown(address: Address) -> str:
    """As Go prints it: an IPv4 address inside an IPv6 one is printed as the former."""
    return str(_mapped(address) or address)


def _mapped(address: Address) -> ipaddress.IPv4Address | None:
    return address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None


def ip_errors(text: str) -> list[str]:
    """Of a field that takes any spelling of an address."""
    address = parse(text)
    if address is None:
        return ["must not have leading 0s" if is_address(text) else NO_ADDRESS]
    return ["must not be an IPv4-mapped IPv6 address"] if _mapped(address) else []


def canonical_ip_errors(text: str) -> list[str]:
    errors = ip_errors(text)
    if not errors and (address := parse(text)) is not None and str(address) != text:
        errors.append(f'must be in canonical form ("{address}")')
    return errors


def network(text: str) -> Network | None:
    """The network that a CIDR lies in, read as leniently as Kubernetes reads it before it complains; None is none."""
    address, slash, length = text.partition("/")
    parsed = parse(address) or parse(_without_zeros(address))
    if parsed is None or not slash or not length.isascii() or not length.isdigit() or len(length) > _LONGEST:
        return None
    bits = int(length)
    return ipaddress.ip_network((parsed, bits), strict=False) if bits <= parsed.max_prefixlen else None


def cidr_errors(text: str) -> list[str]:
    """Of a field that takes any spelling of a CIDR."""
    found = network(text)
    if found is None:
        return [NO_CIDR]
    address, _, length = text.partition("/")
    parsed = parse(address)
    if parsed is None or (length != "0" and length.startswith("0")):
        return ["must not have leading 0s in IP or prefix length"]
    if _mapped(parsed):
        return ["must not have an IPv4-mapped IPv6 address"]
    return [] if parsed == found.network_address else ["must not have bits set beyond the prefix length"]


def canonical_cidr_errors(text: str) -> list[str]:
    errors = cidr_errors(text)
    found = network(text)
    if not errors and found is not None and str(found) != text:
        errors.append(f'must be in canonical form ("{found}")')
    return errors


def interface_errors(text: str) -> list[str]:
    """An address with the length of its network's prefix: `192.168.1.5/24`."""
    found = network(text)
    address, _, _ = text.partition("/")
    parsed = parse(address) or parse(_without_zeros(address))
    if found is None or parsed is None:
        return ["must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)"]
    length = found.prefixlen - 96 if _mapped(parsed) and found.prefixlen > 32 else found.prefixlen
    canonical = f"{_shown(parsed)}/{length}"
    return [] if canonical == text else [f'must be in canonical form ("{canonical}")']


def ip_warnings(path: str, text: str) -> list[str]:
    """Of an address that is spelled as nobody else spells it."""
    address = parse(text)
    if address is None or address.version == 4 or str(address) == text:
        return []
    return [f'{path}: IPv6 address "{text}" should be in RFC 5952 canonical format ("{address}")']


def cidr_warnings(path: str, text: str) -> list[str]:
    """Of a CIDR without errors that is not spelled as it should be."""
    found = network(text)
    if found is None or cidr_errors(text) or found.version == 4 or str(found) == text:
        return []
    return [f'{path}: IPv6 CIDR value "{text}" should be in RFC 5952 canonical format ("{found}")']
