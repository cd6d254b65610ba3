"""The rules of a pod's volumes: a name each, and one source."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from services.objects import names
from services.objects.kinds.pods.volumes.claims import validate_claim_template
from services.objects.kinds.pods.volumes.projected import validate_downward_file, validate_items, validate_projected
from services.objects.kinds.pods.volumes.sources import SHARED
from services.objects.kinds.validation.amounts import nano
from services.objects.kinds.validation.field import (
    Causes,
    add_invalid,
    duplicate,
    forbidden,
    invalid,
    one_of,
    required,
)
from services.objects.kinds.validation.texts.paths import validate_descending, validate_mode
from services.objects.meta import Obj

_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_TWO = "may not specify more than 1 volume type"
_ISCSI_LENGTH = ("Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if "
                 "iscsi.initiatorName is specified.")  # fmt: skip


def validate_volumes(
    causes: Causes, path: str, volumes: Sequence[Obj], pod_name: str = "", *, is_pod: bool = False
) -> Mapping[str, Obj]:
    """The good volumes by name, for the mounts. `pod_name` is "" in templates, whose pods have names later."""
    found: dict[str, Obj] = {}
    made = {f"{pod_name}-{volume.get('name', '')}" for volume in volumes if "ephemeral" in volume} if pod_name else ()
    for index, volume in enumerate(volumes):
        where = f"{path}[{index}]"
        before = len(causes)
        _validate_source(causes, where, volume, pod_name, is_pod)
        name = volume.get("name") or ""
        if not name:
            causes.append(required(f"{where}.name"))
        elif errors := names.is_dns1123_label(name):
            add_invalid(causes, f"{where}.name", name, errors)
        if name in found:
            causes.append(duplicate(f"{where}.name", name))
        if len(causes) == before:
            found[name] = volume
        if "persistentVolumeClaim" in volume and made:
            _validate_not_made(causes, where, volume["persistentVolumeClaim"].get("claimName"), made)
    return found


def _validate_not_made(causes: Causes, path: str, claim: str | None, made: Collection[str]) -> None:
    if claim in made:
        causes.append(invalid(f"{path}.persistentVolumeClaim.claimName", claim,
                              "must not reference a PVC that gets created for an ephemeral volume"))  # fmt: skip


def _validate_source(causes: Causes, path: str, volume: Obj, pod_name: str, is_pod: bool) -> None:
    given = [source for source in volume if source != "name"]
    if len(given) != 1:
        if not given:
            causes.append(required(path, "must specify a volume type"))
            return
        given.sort(key=_place)
        for extra in given[1:]:
            causes.append(forbidden(f"{path}.{extra}", _TWO))
    source = given[0]
    validate = _SOURCES.get(source)
    if validate is not None:
        validate(causes, f"{path}.{source}", volume[source])
    elif source == "image":
        _image(causes, f"{path}.image", volume["image"], is_pod)
    name = volume.get("name") or ""
    if source == "iscsi":
        portal = volume["iscsi"].get("targetPortal") or ""
        if volume["iscsi"].get("initiatorName") is not None and len(f"{name}:{portal}") > 64:
            causes.append(invalid(f"{path}.name", name, _ISCSI_LENGTH))
    elif source == "ephemeral" and pod_name and name:
        claim = f"{pod_name}-{name}"
        for error in names.is_dns1123_subdomain(claim):
            causes.append(invalid(f"{path}.name", name, f'PVC name "{claim}": {error}'))


def _empty_dir(causes: Causes, path: str, source: Obj) -> None:
    if "sizeLimit" in source and nano(source["sizeLimit"]) < 0:
        causes.append(forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity"))


def _git_repo(causes: Causes, path: str, source: Obj) -> None:
    if not source.get("repository"):
        causes.append(required(f"{path}.repository"))
    validate_descending(causes, f"{path}.directory", source.get("directory") or "")


def _secret(causes: Causes, path: str, source: Obj) -> None:
    if not source.get("secretName"):
        causes.append(required(f"{path}.secretName"))
    validate_mode(causes, f"{path}.defaultMode", source.get("defaultMode"))
    validate_items(causes, f"{path}.items", source.get("items") or ())


def _config_map(causes: Causes, path: str, source: Obj) -> None:
    if not source.get("name"):
        causes.append(required(f"{path}.name"))
    validate_mode(causes, f"{path}.defaultMode", source.get("defaultMode"))
    validate_items(causes, f"{path}.items", source.get("items") or ())


def _downward_api(causes: Causes, path: str, source: Obj) -> None:
    validate_mode(causes, f"{path}.defaultMode", source.get("defaultMode"))
    for item in source.get("items") or ():
        validate_downward_file(causes, path, item)


def _claim(causes: Causes, path: str, source: Obj) -> None:
    if not source.get("claimName"):
        causes.append(required(f"{path}.claimName"))


def _ephemeral(causes: Causes, path: str, source: Obj) -> None:
    template = source.get("volumeClaimTemplate")
    if template is None:
        causes.append(required(f"{path}.volumeClaimTemplate"))
    else:
        validate_claim_template(causes, f"{path}.volumeClaimTemplate", template)


def _image(causes: Causes, path: str, source: Obj, is_pod: bool) -> None:
    if is_pod and not source.get("reference"):
        causes.append(required(f"{path}.reference"))
    one_of(causes, f"{path}.pullPolicy", source.get("pullPolicy"), _PULL_POLICIES)


_SOURCES: dict[str, Callable[[Causes, str, Obj], None]] = {
    **SHARED,
    "emptyDir": _empty_dir,
    "gitRepo": _git_repo,
    "secret": _secret,
    "configMap": _config_map,
    "downwardAPI": _downward_api,
    "persistentVolumeClaim": _claim,
    "projected": validate_projected,
    "ephemeral": _ephemeral,
}
# Of several sources the first of these counts.
_ORDER = (
    "emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi",
    "glusterfs", "flocker", "persistentVolumeClaim", "rbd", "cinder", "cephfs", "quobyte", "downwardAPI", "fc",
    "flexVolume", "configMap", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume", "azureDisk",
    "storageos", "projected", "scaleIO", "csi", "ephemeral", "image",
)  # fmt: skip


def _place(source: str) -> int:
    return _ORDER.index(source) if source in _ORDER else len(_ORDER)
