"""Kernel switches of the current network namespace, under /proc/sys/net."""

from __future__ import annotations

from pathlib import Path

ROOT = Path("/proc/sys/net")


def write(name: str, value: str) -> bool:
    """Sets net.<name> (`ipv4/ip_forward`) if it differs; True if it had to. Raises OSError."""
    path = ROOT / name
    if path.read_text().strip() == value:
        return False
    path.write_text(value)
    return True


def write_if_known(name: str, value: str) -> bool:
    """The same for switches a kernel may lack (IPv6 switched off, for instance)."""
    return (ROOT / name).exists() and write(name, value)
