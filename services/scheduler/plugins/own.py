"""Plugins of users' own: what they answer is looked at before anything is made of it.

A total is the sum of what all plugins say, so one answer out of bounds would outweigh all others without anybody
noticing. As with Kubernetes the pod is then not decided about, and the log says which plugin is to blame.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask, Scores
from services.scheduler.cluster.demand import Demand
from services.scheduler.plugins.plugin import MAX_SCORE, Filter, Score


class InvalidAnswer(Exception):
    """A plugin raised something, or answered what is no answer; the message names the plugin."""


def guarded(name: str, plugin: Any) -> Any:
    """The same plugin by this name, whose answers are right or raise InvalidAnswer."""
    plugin.name = name
    if isinstance(plugin, Filter):
        plugin.__dict__.update(feasible=_feasible(plugin), explain=_explain(plugin))
    if isinstance(plugin, Score):
        plugin.__dict__["score"] = _score(plugin)
    return plugin


@contextmanager
def _blamed(name: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise InvalidAnswer(f'plugin "{name}" fails: {type(error).__name__}: {error}') from error


def _feasible(plugin: Filter) -> Any:
    feasible, name = plugin.feasible, plugin.name

    def answered(pod: Demand, nodes: Columns) -> Mask:
        with _blamed(name):
            mask = np.asarray(feasible(pod, nodes))
        if mask.dtype != bool or mask.shape != (len(nodes),):
            raise InvalidAnswer(f'plugin "{name}" says {mask.dtype} of shape {mask.shape} for feasible nodes, '
                                f"it should be bool of shape ({len(nodes)},)")  # fmt: skip
        return mask

    return answered


def _explain(plugin: Filter) -> Any:
    explain, name = plugin.explain, plugin.name

    def answered(pod: Demand, nodes: Columns, refused: Mask) -> Mapping[str, Mask]:
        with _blamed(name):
            reasons = {str(reason): np.asarray(there) for reason, there in explain(pod, nodes, refused).items()}
        if any(there.dtype != bool or there.shape != refused.shape for there in reasons.values()):
            raise InvalidAnswer(f'plugin "{name}" should explain with reasons and, for each, bool of shape '
                                f"{refused.shape}")  # fmt: skip
        return reasons

    return answered


def _score(plugin: Score) -> Any:
    score, name = plugin.score, plugin.name

    def answered(pod: Demand, nodes: Columns, feasible: Mask) -> Scores:
        with _blamed(name):
            points = np.asarray(score(pod, nodes, feasible))
        if not np.issubdtype(points.dtype, np.integer) or points.shape != (len(nodes),):
            raise InvalidAnswer(f'plugin "{name}" returns scores of {points.dtype} of shape {points.shape}, they '
                                f"should be integers of shape ({len(nodes)},)")  # fmt: skip
        wrong = np.flatnonzero(feasible & ((points < 0) | (points > MAX_SCORE)))
        if len(wrong):
            raise InvalidAnswer(f'plugin "{name}" returns an invalid score {points[wrong[0]]}, it should in the range '
                                f"of [0, {MAX_SCORE}]")  # fmt: skip
        return points.astype(np.int64)

    return answered
