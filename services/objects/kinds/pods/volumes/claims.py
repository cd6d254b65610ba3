"""The rules and defaults of a claim's spec, which PersistentVolumeClaims, ephemeral volumes and StatefulSets have."""

from __future__ import annotations

from collections.abc import Sequence

from services.objects import names
from services.objects.kinds.validation.amounts import nano, validate_amount, validate_positive
from services.objects.kinds.validation.field import Causes, add_invalid, forbidden, invalid, required, unsupported
from services.objects.kinds.validation.labels import validate_labels, validate_selector
from services.objects.kinds.validation.meta import validate_annotations
from services.objects.meta import Obj

ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")
_TEMPLATE_METADATA = frozenset({"labels", "annotations"})


def default_claim_spec(spec: Obj) -> None:
    if not spec.get("volumeMode"):
        spec["volumeMode"] = "Filesystem"


def claim_warnings(path: str, spec: Obj) -> list[str]:
    resources = spec.get("resources") or {}
    return [f'{path}.resources.{side}[storage]: fractional byte value "{amount}" is invalid, must be an integer'
            for side in ("requests", "limits") if (amount := (resources.get(side) or {}).get("storage"))
            and -(-nano(amount) // 10**6) % 1000]  # fmt: skip


def validate_access_modes(causes: Causes, path: str, modes: Sequence[str]) -> None:
    for mode in modes:
        if mode not in ACCESS_MODES:
            causes.append(unsupported(path, mode, ACCESS_MODES))
    if "ReadWriteOncePod" in modes and any(mode in ACCESS_MODES and mode != "ReadWriteOncePod" for mode in modes):
        causes.append(forbidden(path, "may not use ReadWriteOncePod with other access modes"))


def validate_claim_template(causes: Causes, path: str, template: Obj) -> None:
    """Of metadata, labels and annotations alone become the claim's."""
    metadata = template.get("metadata") or {}
    validate_annotations(causes, f"{path}.metadata.annotations", metadata.get("annotations") or {})
    validate_labels(causes, f"{path}.metadata.labels", metadata.get("labels") or {})
    for field in sorted(metadata.keys() - _TEMPLATE_METADATA):
        if metadata[field]:
            causes.append(forbidden(f"{path}.metadata.{field}", "cannot be set"))
    validate_claim_spec(causes, f"{path}.spec", template.get("spec") or {})


def validate_claim_spec(causes: Causes, path: str, spec: Obj) -> None:
    modes = spec.get("accessModes") or ()
    if not modes:
        causes.append(required(f"{path}.accessModes", "at least 1 access mode is required"))
    if spec.get("selector") is not None:
        validate_selector(causes, f"{path}.selector", spec["selector"])
    validate_access_modes(causes, f"{path}.accessModes", modes)
    _validate_size(causes, f"{path}.resources[storage]", spec)
    for field in ("storageClassName", "volumeAttributesClassName"):
        if spec.get(field):
            add_invalid(causes, f"{path}.{field}", spec[field], names.is_dns1123_subdomain(spec[field]))
    mode = spec.get("volumeMode")
    if mode is not None and mode not in VOLUME_MODES:
        causes.append(unsupported(f"{path}.volumeMode", mode, VOLUME_MODES))
    _validate_sources(causes, path, spec)


def _validate_size(causes: Causes, path: str, spec: Obj) -> None:
    amount = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if amount is None:
        causes.append(required(path))
        return
    before = len(causes)
    validate_positive(causes, path, amount)
    if len(causes) == before:
        validate_amount(causes, path, "storage", amount)


def _validate_sources(causes: Causes, path: str, spec: Obj) -> None:
    """What fills the volume: dataSource is the older form of dataSourceRef and must say the same."""
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is not None:
        _validate_source(causes, f"{path}.dataSource", source)
    if reference is None:
        return
    _validate_source(causes, f"{path}.dataSourceRef", reference)
    namespace = reference.get("namespace")
    if namespace:
        add_invalid(causes, f"{path}.dataSourceRef.namespace", namespace, names.is_dns1123_label(namespace))
        if source is not None:
            causes.append(invalid(path, f"{path}.dataSource",
                                  "may not be specified when dataSourceRef.namespace is specified"))  # fmt: skip
    elif source is not None and any(source.get(field) != reference.get(field) for field in ("apiGroup", "kind",
                                                                                           "name")):  # fmt: skip
        causes.append(invalid(path, f"{path}.dataSource", "must match dataSourceRef"))


def _validate_source(causes: Causes, path: str, source: Obj) -> None:
    group, kind = source.get("apiGroup") or "", source.get("kind") or ""
    for field in ("name", "kind"):
        if not source.get(field):
            causes.append(required(f"{path}.{field}"))
    if not group and kind != "PersistentVolumeClaim":
        causes.append(invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"))
    if group:
        add_invalid(causes, f"{path}.apiGroup", group, names.is_dns1123_subdomain(group))
