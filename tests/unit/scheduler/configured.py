"""Configurations made of a few words, for tests."""

from __future__ import annotations

from typing import Any

from services.scheduler.configuration import API_VERSION, KIND, read
from services.scheduler.settings import _plugin


def configured(**more: Any) -> Any:
    return read({"apiVersion": API_VERSION, "kind": KIND, **more}, _plugin)


def profile(**more: Any) -> Any:
    (found,) = configured(profiles=[more]).profiles
    return found


def names(plugins: Any) -> list[str]:
    return [plugin.name for plugin in plugins]


def weights(found: Any) -> dict[str, int]:
    return {score.name: weight for weight, score in found.scores}
