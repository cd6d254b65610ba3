"""When two parts of an object are the same: to the letter (`identical`), or in what they say (`same`).

A Go client writes back what it read without its empty lists, its false and its "": to it they are the same as
nothing, and so they must be to the rules about what may not change. Where a zero does say something (user 0, no seconds
of grace, no class of storage at all) Kubernetes' own types have a pointer; these fields are listed. Dropping such
values on the way in was rejected: the schema does not tell which may go, and users read what they wrote.
"""

from __future__ import annotations

from typing import Any

_TELLING = frozenset({
    "activeDeadlineSeconds", "allowPrivilegeEscalation", "apiGroup", "automountServiceAccountToken", "defaultMode",
    "enableServiceLinks", "expirationSeconds", "fsGroup", "fsGroupChangePolicy", "hostUsers", "hostnameOverride",
    "localhostProfile", "minDomains", "mode", "mountPropagation", "namespace", "optional", "preemptionPolicy",
    "priority", "privileged", "procMount", "readOnlyRootFilesystem", "recursiveReadOnly", "replicas", "restartPolicy",
    "runAsGroup", "runAsNonRoot", "runAsUser", "runtimeClassName", "seLinuxChangePolicy", "setHostnameAsFQDN",
    "shareProcessNamespace", "storageClassName", "supplementalGroupsPolicy", "terminationGracePeriodSeconds",
    "tolerationSeconds", "type", "volumeAttributesClassName", "volumeMode",
})  # fmt: skip
_MAPS = frozenset({"annotations", "labels", "limits", "matchLabels", "nodeSelector", "options", "overhead", "requests",
                   "volumeAttributes"})  # fmt: skip


def same(one: Any, other: Any) -> bool:
    """Of values of one type, as the schema has checked them."""
    if one == other:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_same(name, one.get(name), other.get(name)) for name in {*one, *other})
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return False


def _same(name: str, one: Any, other: Any) -> bool:
    if _says_nothing(name, one) or _says_nothing(name, other):
        return _says_nothing(name, one) and _says_nothing(name, other)
    return same(one, other)


def _says_nothing(name: str, value: Any) -> bool:
    if value is None or value == []:
        return True
    if value == {}:
        return name in _MAPS
    return not value and name not in _TELLING


def identical(one: Any, other: Any) -> bool:
    """Deeply equal as JSON: unlike to Python, 1 is neither true nor 1.0."""
    if one is other:
        return True
    if one.__class__ is not other.__class__:
        return False
    if one.__class__ is dict:
        return len(one) == len(other) and all(name in other and identical(item, other[name])
                                              for name, item in one.items())  # fmt: skip
    if one.__class__ is list:
        return len(one) == len(other) and all(map(identical, one, other))
    return bool(one == other) or one != one  # NaN is what it is
