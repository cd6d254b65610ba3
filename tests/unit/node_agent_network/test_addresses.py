from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest

from services.node_agent.network import addresses
from services.node_agent.network.addresses import NoFreeAddress, Tenant

CIDR = IPv4Network("10.244.1.0/29")


def ip(last: int) -> IPv4Address:
    return IPv4Address(f"10.244.1.{last}")


@pytest.mark.parametrize(
    ("used", "after", "expected"),
    [
        (set(), None, 2),
        ({2}, None, 3),
        ({2}, 2, 3),
        (set(), 4, 5),  # one just released rests
        ({5, 6}, 4, 2),  # round the end
        ({2, 3, 4, 5}, 3, 6),
        ({6}, 6, 2),
        (set(), 1, 2),
    ],
)
def test_addresses_go_round(used: set[int], after: int | None, expected: int) -> None:
    assert addresses.next_free(CIDR, {ip(n) for n in used}, ip(after) if after else None) == ip(expected)


def test_an_address_of_another_range_is_no_place_to_go_on_from() -> None:
    assert addresses.next_free(CIDR, set(), IPv4Address("10.244.9.7")) == ip(2)


def test_a_full_range_says_so() -> None:
    assert addresses.capacity(CIDR) == 5
    with pytest.raises(NoFreeAddress, match="all 5 addresses"):
        addresses.next_free(CIDR, {ip(n) for n in range(2, 7)}, None)
    with pytest.raises(NoFreeAddress):
        addresses.next_free(IPv4Network("10.0.0.0/31"), set(), None)


def test_host_names_are_the_same_every_time_and_fit() -> None:
    first = addresses.host_name("pin", "3e4b6c1a-0000-4000-8000-000000000001")
    assert first == addresses.host_name("pin", "3e4b6c1a-0000-4000-8000-000000000001")
    assert first != addresses.host_name("pin", "3e4b6c1a-0000-4000-8000-000000000002")
    assert len(first) == 13
    with pytest.raises(ValueError, match="longer than 15"):
        addresses.host_name("toolong", "uid")


def test_aliases_round_trip_and_strangers_are_nobody() -> None:
    tenant = Tenant("3e4b6c1a", ip(2))
    assert addresses.parse_alias(addresses.alias_of(tenant)) == tenant
    for alias in (None, "", "pinnace", "pinnace uid", "pinnace uid 10.0.0.999", "other uid 10.0.0.1", "pinnace a b c"):
        assert addresses.parse_alias(alias) is None


def test_the_mac_is_locally_administered() -> None:
    assert addresses.mac_of(IPv4Address("10.244.1.1")) == "0a:58:0a:f4:01:01"
