"""The subresources that many kinds have."""

from __future__ import annotations

from services.objects.kinds.kind import Subresource

_STATUS_VERBS = ("get", "patch", "update")


def status_of(kind: str, group: str = "", version: str = "v1") -> Subresource:
    place = group.partition(".")[0] or "core"
    return Subresource("status", _STATUS_VERBS, kind, group, version, f"io.k8s.api.{place}.{version}.{kind}")


SCALE = Subresource("scale", _STATUS_VERBS, "Scale", "autoscaling", "v1", "io.k8s.api.autoscaling.v1.Scale")
