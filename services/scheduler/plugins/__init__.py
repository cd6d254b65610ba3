"""Filters say which nodes can take a pod, and why the others cannot; scores say which of them is best."""

from services.scheduler.plugins.plugin import MAX_SCORE, Filter, Reach, Score

__all__ = ["MAX_SCORE", "Filter", "Reach", "Score"]
