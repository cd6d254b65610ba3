from __future__ import annotations

import random

import pytest

from services.apiserver.resources.claims import Addresses, Ports


def test_users_choices_are_kept_out_of_the_way() -> None:
    addresses, rng = Addresses("10.96.0.0/16"), random.Random(1)
    guesses = {addresses.guess(rng) for _ in range(2000)}
    assert all(guess in addresses for guess in guesses)
    lowest = {f"10.96.0.{number}" for number in range(1, 256)}
    assert not guesses & lowest
    assert addresses.first == "10.96.0.1"


@pytest.mark.parametrize("address", ["10.96.0.0", "10.96.255.255", "10.97.0.1", "10.95.255.255", "rubbish", "fd00::1"])
def test_what_is_outside(address: str) -> None:
    assert address not in Addresses("10.96.0.0/16")


def test_the_last_ones_are_found() -> None:
    addresses = Addresses("10.0.0.0/29")
    everything = {f"10.0.0.{number}" for number in range(1, 7)}
    assert addresses.others(everything) is None
    assert addresses.others(everything - {"10.0.0.3"}) == "10.0.0.3"
    assert Ports("30000-30001").others({"30000"}) == "30001"
    assert Ports("30000-30001").others({"30000", "30001"}) is None


def test_ports() -> None:
    ports = Ports("30000-32767")
    assert "30000" in ports
    assert "32767" in ports
    assert "29999" not in ports
    assert {ports.guess(random.Random(seed)) in ports for seed in range(50)} == {True}
