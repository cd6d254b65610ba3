"""Nodes that have a pod's images already start it sooner."""

from __future__ import annotations

import numpy as np

from services.scheduler.cluster.columns import Columns, Mask, Scores
from services.scheduler.cluster.demand import Demand
from services.scheduler.plugins.plugin import MAX_SCORE, Reach, Score, count

_MB = 1024 * 1024
_LEAST, _MOST_PER_CONTAINER = 23 * _MB, 1000 * _MB


class HasImages(Score):
    """By the bytes that need not be pulled; an image that few nodes have counts little, or its pods would heap."""

    name = "ImageLocality"
    reach = Reach.NODE

    def concerns(self, pod: Demand, nodes: Columns) -> bool:
        return any(image in nodes.images for image in pod.images)

    def score(self, pod: Demand, nodes: Columns, feasible: Mask) -> Scores:
        there = max(count(nodes.present), 1)
        found: Scores = np.zeros(len(nodes), np.int64)
        for image in pod.images:
            sizes = nodes.images.get(image)
            if sizes:
                share = len(sizes) / there
                rows, of = np.fromiter(sizes, np.int64, len(sizes)), np.fromiter(sizes.values(), np.int64, len(sizes))
                found[rows] += (of * share).astype(np.int64)
        most = _MOST_PER_CONTAINER * max(len(pod.images), 1)
        return MAX_SCORE * (np.clip(found, _LEAST, most) - _LEAST) // (most - _LEAST)
