"""What is measured, how hard and how long: data, so that a file can say otherwise.

The defaults are the scenario of the published figures; `tests/load/*.yaml` are others.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import yaml

MEASURES = ("creates", "gets", "patches", "list", "watch")


class ScenarioError(Exception):
    """One sentence about what is wrong with a scenario."""


@dataclass(frozen=True)
class Scenario:
    """`duration` is in seconds per measure; creates end earlier when there are `pods` pods.

    connections  of creates and gets, all at work at the same time; patches come over one
    watchers     connections that watch all pods while `writers` connections change them
    payload      bytes of an annotation that makes the pods as large as those of a real cluster
    """

    duration: float = 10.0
    pods: int = 10_000
    connections: int = 64
    watchers: int = 100
    writers: int = 16
    payload: int = 0
    measures: tuple[str, ...] = MEASURES

    def __post_init__(self) -> None:
        for name in ("duration", "pods", "connections", "watchers", "writers"):
            if getattr(self, name) <= 0:
                raise ScenarioError(f"{name} must be more than 0")
        unknown = sorted(set(self.measures) - set(MEASURES))
        if unknown:
            raise ScenarioError(f"there is no measure {unknown[0]!r}: there are {', '.join(MEASURES)}")


def load(path: Path) -> Scenario:
    """From YAML, a map of the fields above. Raises ScenarioError."""
    try:
        given = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise ScenarioError(f"{path} cannot be read: {error}") from None
    if not isinstance(given, dict):
        raise ScenarioError(f"{path} is no map of settings")
    return changed(Scenario(), given)


def changed(scenario: Scenario, given: dict[str, object]) -> Scenario:
    """With other values; those that are None change nothing. Raises ScenarioError."""
    values: dict[str, object] = {}
    for name, value in given.items():
        if value is None:
            continue
        if name not in {field.name for field in dataclasses.fields(Scenario)}:
            raise ScenarioError(f"a scenario has no setting {name!r}")
        values[name] = _converted(name, value)
    return dataclasses.replace(scenario, **values)  # type: ignore[arg-type]


def _converted(name: str, value: object) -> object:
    if name == "measures":
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
            raise ScenarioError("measures must be a list of names")
        return tuple(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScenarioError(f"{name} must be a number")
    return float(value) if name == "duration" else int(value)
