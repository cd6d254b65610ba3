from __future__ import annotations

from pathlib import Path

import pytest

from services.client import settings
from services.client.settings import LeaderSettings

NOWHERE = Path("/nowhere")


def leader(port: int, identity: str = "") -> LeaderSettings:
    return LeaderSettings(health_port=port, certificate=NOWHERE, key=NOWHERE, ca=NOWHERE, identity=identity)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(settings.socket, "gethostname", lambda: "host")
    monkeypatch.setattr(settings, "MACHINE_ID", tmp_path / "machine-id")
    return tmp_path / "machine-id"


def test_a_process_that_is_started_again_has_its_name_again(machine: Path) -> None:
    assert leader(10257).candidate == leader(10257).candidate == "host:10257"
    machine.write_text("0123456789abcdef\n")
    assert leader(10257).candidate == leader(10257).candidate == "host@01234567:10257"


def test_hosts_of_one_name_are_told_apart_by_their_machines(machine: Path) -> None:
    machine.write_text("0123456789abcdef\n")
    first = leader(10257).candidate
    machine.write_text("fedcba9876543210\n")
    assert leader(10257).candidate != first


def test_without_a_port_of_its_own_no_two_processes_have_one_name() -> None:
    first, second = leader(0), leader(0)
    assert first.candidate != second.candidate
    assert first.candidate == first.candidate


def test_a_name_that_is_given_is_taken() -> None:
    assert leader(0, "mine").candidate == "mine"
