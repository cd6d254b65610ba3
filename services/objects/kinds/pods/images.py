"""When an image is pulled if nobody says so."""

from __future__ import annotations


def pull_policy(image: str) -> str:
    """Always for the tag latest, which is also that of an image with neither tag nor digest."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2] or ("" if digest else "latest")
    return "Always" if tag == "latest" else "IfNotPresent"
