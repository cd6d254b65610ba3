"""Which resource claims a pod needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Need(NamedTuple):
    """Of a claim, by the pod; `name` is empty until somebody has made it. One that was `made` for the pod must be owned
    by it."""

    namespace: str
    name: str
    pod: str
    uid: str
    made: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name


def needs(
    claims: Iterable[Mapping[str, Any]], statuses: Iterable[Mapping[str, Any]], namespace: str, pod: str, uid: str
) -> Iterable[Need]:
    """`statuses` name the claims that were made from templates; one without a name is not needed after all."""
    made = {each["name"]: each.get("resourceClaimName") for each in statuses}
    for each in claims:
        if each.get("resourceClaimName"):
            yield Need(namespace, each["resourceClaimName"], pod, uid)
        elif each["name"] not in made:
            yield Need(namespace, "", pod, uid, made=True)
        elif made[each["name"]]:
            yield Need(namespace, made[each["name"]] or "", pod, uid, made=True)
