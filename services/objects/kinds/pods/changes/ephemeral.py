"""The ephemeralcontainers subresource: containers that look into a pod are added there, and never taken away."""

from __future__ import annotations

from services.objects.equality import same
from services.objects.kinds.pods.annotations import MIRROR, validate_annotation_changes
from services.objects.kinds.pods.validation import validate_pod
from services.objects.kinds.validation.difference import difference
from services.objects.kinds.validation.field import Causes, forbidden
from services.objects.kinds.validation.meta import validate_meta_update
from services.objects.meta import Obj, annotations_of


def with_ephemeral_containers(new: Obj, old: Obj) -> Obj:
    """The old pod with nothing of the new one but its ephemeral containers."""
    spec = {**old["spec"]}
    wanted = (new.get("spec") or {}).get("ephemeralContainers")
    if wanted:
        spec["ephemeralContainers"] = wanted
    else:
        spec.pop("ephemeralContainers", None)
    return {**old, "metadata": dict(old["metadata"]), "spec": spec}


def validate_ephemeral_update(new: Obj, old: Obj) -> Causes:
    causes: Causes = []
    if MIRROR in annotations_of(old):
        return [forbidden("[]", "static pods do not support ephemeral containers")]
    validate_meta_update(causes, new, old)
    causes += validate_pod(new)
    validate_annotation_changes(causes, "metadata.annotations", annotations_of(new), annotations_of(old))
    wanted = {container.get("name"): container for container in new["spec"].get("ephemeralContainers") or ()}
    for container in old["spec"].get("ephemeralContainers") or ():
        name = container.get("name", "")
        if name not in wanted:
            causes.append(forbidden("spec.ephemeralContainers",
                                    f'existing ephemeral containers "{name}" may not be removed\n'))
        elif not same(wanted[name], container):
            causes.append(forbidden("spec.ephemeralContainers",
                                    f'existing ephemeral containers "{name}" may not be changed\n'
                                    f"{difference(wanted[name], container, name)}"))  # fmt: skip
    return causes
