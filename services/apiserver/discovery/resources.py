"""The discovery documents: each made of the same declarations of kinds.

https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

from services.objects.kinds.kind import Kind, Subresource
from services.objects.meta import Obj

# The core group first: clients resolve names that several groups have in this order.
_GROUP_ORDER = (
    "", "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io",
    "autoscaling", "batch", "certificates.k8s.io", "networking.k8s.io", "policy", "rbac.authorization.k8s.io",
    "storage.k8s.io", "admissionregistration.k8s.io", "apiextensions.k8s.io", "scheduling.k8s.io",
    "coordination.k8s.io", "node.k8s.io", "discovery.k8s.io", "flowcontrol.apiserver.k8s.io", "resource.k8s.io",
)  # fmt: skip


def groups(kinds: Iterable[Kind]) -> dict[str, dict[str, list[Kind]]]:
    """group -> version -> kinds in alphabetical order; the version to prefer comes first."""
    found: dict[str, dict[str, list[Kind]]] = {}
    for kind in sorted(kinds, key=lambda kind: (_rank(kind.group), kind.group, _age(kind.version), kind.plural)):
        found.setdefault(kind.group, {}).setdefault(kind.version, []).append(kind)
    return found


_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")


def _age(version: str) -> tuple[int, int, int, str]:
    """As Kubernetes sorts versions: v10, v2, v1, v3beta1, v1alpha2, then what has another form, by name."""
    match = _VERSION.fullmatch(version)
    if match is None:
        return 3, 0, 0, version
    return ("", "beta", "alpha").index(match[2] or ""), -int(match[1]), -int(match[3] or 0), version


def _rank(group: str) -> int:
    return _GROUP_ORDER.index(group) if group in _GROUP_ORDER else len(_GROUP_ORDER)


def api_versions(address: str) -> Obj:
    return {"kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]}  # fmt: skip


def api_group(group: str, versions: Iterable[str]) -> Obj:
    listed = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
    return {"name": group, "versions": listed, "preferredVersion": listed[0]}


def api_group_list(kinds: Iterable[Kind]) -> Obj:
    named = [api_group(group, versions) for group, versions in groups(kinds).items() if group]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": named}


def api_resource_list(group: str, version: str, kinds: Iterable[Kind]) -> Obj:
    resources: list[Obj] = []
    for kind in kinds:
        resources.append(_resource(kind))
        resources += [_subresource(kind, subresource) for subresource in kind.subresources]
    name = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": resources}


def _resource(kind: Kind) -> Obj:
    made: Obj = {"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind,
                 "verbs": list(kind.verbs)}  # fmt: skip
    if kind.short_names:
        made["shortNames"] = list(kind.short_names)
    if kind.categories:
        made["categories"] = list(kind.categories)
    if kind.stored:
        made["storageVersionHash"] = _storage_hash(kind)
    return made


def _storage_hash(kind: Kind) -> str:
    stored = kind.storage
    digest = hashlib.sha256(f"{stored.group}/{stored.version}/{stored.kind}".encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def _subresource(kind: Kind, sub: Subresource) -> Obj:
    made: Obj = {"name": f"{kind.plural}/{sub.name}", "singularName": "", "namespaced": kind.namespaced,
                 "kind": sub.kind, "verbs": list(sub.verbs)}  # fmt: skip
    group, version = _response(kind, sub)
    if (group, version) != (kind.group, kind.version):
        made["group"], made["version"] = group, version
    return made


def _response(kind: Kind, sub: Subresource) -> tuple[str, str]:
    """Group and version of what a subresource speaks; its own kind is of its own group."""
    return (kind.group, kind.version) if sub.kind == kind.kind else (sub.group, sub.version)


# Aggregated discovery


def aggregated(kinds: Iterable[Kind], version: str, *, core: bool) -> Obj:
    """An APIGroupDiscoveryList: of /api when `core`, of /apis otherwise."""
    items: list[Obj] = []
    for group, versions in groups(kinds).items():
        if (group == "") is not core:
            continue
        listed = [{"version": name, "resources": [_discovered(kind) for kind in of], "freshness": "Current"}
                  for name, of in versions.items()]  # fmt: skip
        metadata = {"name": group, "creationTimestamp": None} if group else {"creationTimestamp": None}
        items.append({"metadata": metadata, "versions": listed})
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": items,
    }


def _discovered(kind: Kind) -> Obj:
    made: Obj = {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        made["shortNames"] = list(kind.short_names)
    if kind.categories:
        made["categories"] = list(kind.categories)
    if kind.subresources:
        made["subresources"] = [_discovered_subresource(kind, sub) for sub in kind.subresources]
    return made


def _discovered_subresource(kind: Kind, sub: Subresource) -> Obj:
    group, version = _response(kind, sub)
    return {"subresource": sub.name, "responseKind": {"group": group, "version": version, "kind": sub.kind},
            "verbs": list(sub.verbs)}  # fmt: skip
