"""What the server decides on creation, whatever the user said: mostly that status starts empty."""

from __future__ import annotations

from services.objects.meta import Obj


def prepare_replicas(obj: Obj) -> None:
    """ReplicaSets and ReplicationControllers always say how many there are."""
    obj["status"] = {"replicas": 0}


def clear_status(obj: Obj) -> None:
    obj["status"] = {}
