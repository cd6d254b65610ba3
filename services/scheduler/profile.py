"""What decides for the pods of one schedulerName."""

from __future__ import annotations

from typing import NamedTuple

from services.scheduler.plugins.catalogue import CATALOGUE
from services.scheduler.plugins.plugin import Filter, Score

DEFAULT_NAME = "default-scheduler"
PATIENCE = 60.0


class Default(NamedTuple):
    """A topology spread constraint of pods that have none; see `neighbours.Spread`."""

    key: str
    max_skew: int
    hard: bool = False
    lenient: bool = True
    min_domains: int = 1
    honors_affinity: bool = True
    honors_taints: bool = False


# https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#internal-default-constraints
SYSTEM_DEFAULTS = (Default("kubernetes.io/hostname", 3), Default("topology.kubernetes.io/zone", 5))


class Profile(NamedTuple):
    """Scores come with their weights; `preempts`: more important pods may have others removed; `patience`: seconds that
    a gang may be held until all of it can be bound."""

    filters: tuple[Filter, ...]
    scores: tuple[tuple[int, Score], ...]
    name: str = DEFAULT_NAME
    preempts: bool = True
    spreads: tuple[Default, ...] = SYSTEM_DEFAULTS
    patience: float = PATIENCE


DEFAULT = Profile(
    tuple(entry.filter({}) for entry in CATALOGUE.values() if entry.filter),
    tuple((entry.weight, entry.score({})) for entry in CATALOGUE.values() if entry.score),
)
