"""The configuration that flow control cannot do without: nobody may change it.

What is exempt from all queues, and what catches the requests that nothing else matches. Only the specs stand here:
creating the objects is for whoever runs flow control.
"""

from __future__ import annotations

from services.objects.meta import Obj

EXEMPT, CATCH_ALL = "exempt", "catch-all"
_EVERYTHING: Obj = {
    "resourceRules": [
        {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"], "clusterScope": True},
    ],
    "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
}  # fmt: skip


def _groups(*names: str) -> list[Obj]:
    return [{"kind": "Group", "group": {"name": name}} for name in names]


FLOWSCHEMAS: dict[str, Obj] = {
    EXEMPT: {
        "priorityLevelConfiguration": {"name": EXEMPT}, "matchingPrecedence": 1,
        "rules": [{"subjects": _groups("system:masters"), **_EVERYTHING}],
    },
    CATCH_ALL: {
        "priorityLevelConfiguration": {"name": CATCH_ALL}, "matchingPrecedence": 10000,
        "distinguisherMethod": {"type": "ByUser"},
        "rules": [{"subjects": _groups("system:unauthenticated", "system:authenticated"), **_EVERYTHING}],
    },
}  # fmt: skip
PRIORITY_LEVELS: dict[str, Obj] = {
    EXEMPT: {"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}},
    CATCH_ALL: {
        "type": "Limited",
        "limited": {"nominalConcurrencyShares": 5, "lendablePercent": 0, "limitResponse": {"type": "Reject"}},
    },
}
