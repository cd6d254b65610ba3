"""Revisions of a deployment: one replica set per pod template, numbered, with the annotations `kubectl rollout` reads.

A template's replica set is found by comparing templates, never by its name or hash: the hash only makes names, and two
templates with the same hash get different ones by way of status.collisionCount.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from services.controller_manager.controllers.deployment.surge import max_surge
from services.objects.kinds import DEPLOYMENT
from services.objects.meta import Obj, annotations_of, name_of, namespace_of, uid_of
from services.objects.names import safe_encode
from services.objects.ownership import owner_reference

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
_HISTORY_LENGTH = 2000  # characters
_NOT_COPIED = frozenset({
    "kubectl.kubernetes.io/last-applied-configuration", REVISION, HISTORY, DESIRED, MAXIMUM,
    "deprecated.deployment.rollback.to",
})  # fmt: skip


class Generations(NamedTuple):
    """`new` has the deployment's present template; `old` are all others, the oldest first."""

    new: Obj | None
    old: list[Obj]

    @property
    def all(self) -> list[Obj]:
        return [*self.old, self.new] if self.new is not None else self.old


def generations(deployment: Obj, replicasets: Iterable[Obj]) -> Generations:
    """Of several with the present template (only possible by hand) the oldest is the new one."""
    ordered = sorted(replicasets, key=lambda each: (each["metadata"].get("creationTimestamp", ""), name_of(each)))
    wanted = _comparable(deployment["spec"]["template"])
    new = next((each for each in ordered if _comparable(each["spec"]["template"]) == wanted), None)
    return Generations(new, [each for each in ordered if each is not new])


def _comparable(template: Obj) -> bytes:
    """The template without its hash label and without what says nothing (null, {}, [])."""
    metadata = template.get("metadata") or {}
    labels = {name: value for name, value in (metadata.get("labels") or {}).items() if name != HASH_LABEL}
    return orjson.dumps(_pruned({**template, "metadata": {**metadata, "labels": labels}}), option=orjson.OPT_SORT_KEYS)


def _pruned(value: Any) -> Any:
    """An emptyDir: {} and the like must stay: inside lists and below the pod's spec only null says nothing."""
    if isinstance(value, dict):
        pruned = {name: _pruned(each) for name, each in value.items() if each is not None}
        return {name: each for name, each in pruned.items() if each != {} or name not in ("metadata", "labels",
                                                                                           "annotations")}  # fmt: skip
    return [_pruned(each) for each in value] if isinstance(value, list) else value


def template_hash(template: Obj, collisions: int) -> str:
    """Ten characters or fewer; as in Kubernetes, of no meaning but that equal templates have equal ones."""
    digest = hashlib.blake2s(_comparable(template) + (b"%d" % collisions if collisions else b""), digest_size=4)
    return safe_encode(str(int.from_bytes(digest.digest())))


def revision_of(obj: Obj) -> int:
    """The number in the annotation; 0 when there is none."""
    text = annotations_of(obj).get(REVISION, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def next_revision(old: Sequence[Obj]) -> int:
    return max((revision_of(each) for each in old), default=0) + 1


def make(deployment: Obj, hash: str, replicas: int, revision: int) -> Obj:
    """The replica set of the deployment's present template."""
    spec, name = deployment["spec"], name_of(deployment)
    template = spec["template"]
    described = template.get("metadata") or {}
    labels = {**(described.get("labels") or {}), HASH_LABEL: hash}
    selector = spec["selector"]
    made: Obj = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{name}-{hash}",
            "namespace": namespace_of(deployment),
            "labels": labels,
            "annotations": {**copied_annotations(deployment), REVISION: str(revision), **_sizes(deployment)},
            "ownerReferences": [owner_reference(deployment, DEPLOYMENT)],
        },
        "spec": {
            "replicas": replicas,
            "selector": {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), HASH_LABEL: hash}},
            "template": {**template, "metadata": {**described, "labels": labels}},
        },
    }
    if spec.get("minReadySeconds"):
        made["spec"]["minReadySeconds"] = spec["minReadySeconds"]
    return made


def copied_annotations(deployment: Obj) -> dict[str, str]:
    """kubernetes.io/change-cause, for one: what a revision is remembered by."""
    return {name: value for name, value in annotations_of(deployment).items() if name not in _NOT_COPIED}


def _sizes(deployment: Obj) -> dict[str, str]:
    """How large the whole deployment was when the set was scaled last: proportions are reckoned from it."""
    replicas = deployment["spec"]["replicas"]
    return {DESIRED: str(replicas), MAXIMUM: str(replicas + max_surge(deployment))}


def desired_size(replicaset: Obj) -> int | None:
    return _number(annotations_of(replicaset).get(DESIRED))


def maximum_size(replicaset: Obj) -> int | None:
    return _number(annotations_of(replicaset).get(MAXIMUM))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def renewed(deployment: Obj, replicaset: Obj, revision: int) -> Obj:
    """The present replica set with what it takes over from the deployment; the same object if that changes nothing."""
    annotations = {**annotations_of(replicaset), **copied_annotations(deployment)}
    current = revision_of(replicaset)
    if current < revision:
        annotations[REVISION] = str(revision)
        if current:
            earlier = [each for each in annotations.get(HISTORY, "").split(",") if each]
            annotations[HISTORY] = _shortened([*earlier, str(current)])
    minimum = deployment["spec"].get("minReadySeconds") or 0
    if annotations == annotations_of(replicaset) and minimum == (replicaset["spec"].get("minReadySeconds") or 0):
        return replicaset
    return {
        **replicaset,
        "metadata": {**replicaset["metadata"], "annotations": annotations},
        "spec": {**replicaset["spec"], "minReadySeconds": minimum},
    }


def _shortened(revisions: list[str]) -> str:
    while len(",".join(revisions)) > _HISTORY_LENGTH:
        del revisions[0]
    return ",".join(revisions)


def resized(deployment: Obj, replicaset: Obj, replicas: int) -> Obj:
    """The same object if size and annotations are so already."""
    annotations = {**annotations_of(replicaset), **_sizes(deployment)}
    if replicaset["spec"]["replicas"] == replicas and annotations == annotations_of(replicaset):
        return replicaset
    return {
        **replicaset,
        "metadata": {**replicaset["metadata"], "annotations": annotations},
        "spec": {**replicaset["spec"], "replicas": replicas},
    }


def deletable(deployment: Obj, old: Sequence[Obj]) -> list[Obj]:
    """Old replica sets beyond spec.revisionHistoryLimit, the lowest revisions first."""
    limit = deployment["spec"].get("revisionHistoryLimit")
    if limit is None:
        return []
    alive = [each for each in old if not each["metadata"].get("deletionTimestamp")]
    alive.sort(key=lambda each: (revision_of(each), each["metadata"].get("creationTimestamp", ""), uid_of(each)))
    return [each for each in alive[:max(len(alive) - limit, 0)] if _is_idle(each)]


def _is_idle(replicaset: Obj) -> bool:
    status = replicaset.get("status") or {}
    seen = (status.get("observedGeneration") or 0) >= (replicaset["metadata"].get("generation") or 0)
    return seen and not replicaset["spec"]["replicas"] and not status.get("replicas")
