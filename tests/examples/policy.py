from __future__ import annotations

from tests.examples.core import LABELS

EXAMPLES = (
    {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
     "spec": {"minAvailable": 1, "selector": {"matchLabels": LABELS}}},
)  # fmt: skip
