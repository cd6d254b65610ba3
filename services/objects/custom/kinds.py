"""Kinds made at run time, of the versions of a CustomResourceDefinition.

Objects are kept in the form of the storage version and read through the schema of the version in which they were kept,
so that a schema that changed is seen in the objects that were there before (pruned, defaulted) without a write; what
another version does not know goes on the way to it.
For this the kept form is a kind of its own, which nobody is served: `stored_kind`.

With conversion strategy None versions differ in their apiVersion only. Conversion webhooks are not called: nothing in
this server dials out on the path of a read, and a cached list of another version would need the webhook for each of its
objects. Of definitions with strategy Webhook the storage version alone is served, and a warning says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from services.objects import conditions, names
from services.objects.custom import columns
from services.objects.custom.paths.fieldpaths import FieldPathError, parse
from services.objects.custom.scale import ScalePaths, found_at, paths_of
from services.objects.custom.shaping import defaulting
from services.objects.custom.structure import Structure
from services.objects.golang import number
from services.objects.kinds.kind import ALL_VERBS, Causes, Kind, Subresource
from services.objects.kinds.subresources import SCALE
from services.objects.kinds.validation.meta import finalizer_warnings, validate_meta, validate_meta_update
from services.objects.meta import Obj
from services.objects.printing.generic import NAME_AND_AGE

_Convert = Callable[[Obj], Obj]

_SUBRESOURCE_VERBS = ("get", "patch", "update")
# Reading and emptying go on while a definition is being deleted.
_LAST_VERBS = tuple(verb for verb in ALL_VERBS if verb != "create")


def names_of(crd: Obj) -> Obj:
    """What is served: the names that were accepted, or, before there are any, those that are wanted."""
    accepted: Obj = (crd.get("status") or {}).get("acceptedNames") or {}
    wanted: Obj = crd["spec"]["names"]
    return accepted if accepted.get("plural") and accepted.get("kind") else wanted


def storage_version(crd: Obj) -> str:
    return next((str(version["name"]) for version in crd["spec"]["versions"] if version.get("storage")), "")


def served_versions(crd: Obj) -> list[str]:
    """The names of the versions that users reach."""
    versions = [str(version["name"]) for version in crd["spec"]["versions"] if version.get("served")]
    if ((crd["spec"].get("conversion") or {}).get("strategy") or "None") == "None":
        return versions
    return [name for name in versions if name == storage_version(crd)]


def stored_kind(crd: Obj) -> Kind:
    """The form and place in etcd. Nothing of it but the version may change while there are objects."""
    spec = crd["spec"]
    wanted = spec["names"]
    return Kind(
        group=spec["group"], version=storage_version(crd), kind=wanted["kind"], plural=wanted["plural"],
        singular=wanted.get("singular") or wanted["kind"].lower(), namespaced=spec["scope"] == "Namespaced",
        definition="", printer=NAME_AND_AGE,
    )  # fmt: skip


def metadata_kind(crd: Obj) -> Kind:
    """What others than the apiserver read of a definition's objects, straight from the store: their metadata."""
    served = served_versions(crd)
    stored = stored_kind(crd)
    return stored if not served or stored.version in served else replace(stored, version=served[0])


def kind_of(crd: Obj, version: str, stored: Kind | None = None) -> Kind:
    """The kind of one version; `stored` is the one made by `stored_kind` whose objects it shows.

    Raises KeyError for a version that the definition does not have.
    """
    spec, accepted = crd["spec"], names_of(crd)
    declared = next((each for each in spec["versions"] if each["name"] == version), None)
    if declared is None:
        raise KeyError(version)
    stored = stored or stored_kind(crd)
    group, kind, namespaced = spec["group"], accepted["kind"], spec["scope"] == "Namespaced"
    offered = declared.get("subresources") or {}
    has_status = offered.get("status") is not None
    paths = paths_of(offered["scale"]) if offered.get("scale") else None
    structure = Structure(_schema_of(declared), paths)
    definition = definition_name(group, version, kind)
    api_version = f"{group}/{version}"
    to_stored, from_stored = _conversions(crd, version, structure, stored)
    return Kind(
        group=group, version=version, kind=kind, plural=accepted["plural"],
        singular=accepted.get("singular") or kind.lower(), namespaced=namespaced, definition=definition,
        printer=columns.printer(declared.get("additionalPrinterColumns") or ()),
        short_names=tuple(accepted.get("shortNames") or ()), categories=tuple(accepted.get("categories") or ()),
        verbs=_LAST_VERBS if is_terminating(crd) else ALL_VERBS,
        subresources=_subresources(group, version, kind, definition, has_status, paths),
        default=structure.default, validate=_validate_meta(namespaced), validate_create=structure.causes,
        validate_update=_validate_update(structure), validate_status=_validate_update(structure),
        prepare=_without_status if has_status else _nothing, has_generation=True, unconditional_update=False,
        fields=_fields(declared, structure), stored_as=stored, to_stored=to_stored, from_stored=from_stored,
        status_metadata=(), custom=structure, list_kind=accepted.get("listKind") or f"{kind}List",
        warnings=_warnings(api_version, kind, declared),
    )  # fmt: skip


def _conversions(crd: Obj, version: str, structure: Structure, stored: Kind) -> tuple[_Convert, _Convert]:
    """From the form of a version, whose structure this is, to the kept one, and back."""
    versions = {each["name"]: Structure(_schema_of(each)) for each in crd["spec"]["versions"]} | {version: structure}
    api_version, kept_version = f"{stored.group}/{version}", stored.api_version
    keeper = versions.get(stored.version, structure)

    def from_stored(obj: Obj) -> Obj:
        kept = versions.get(obj.get("apiVersion", "").rpartition("/")[2], structure)
        shown = {**obj, "apiVersion": api_version}
        kept.tidy(shown)
        if kept is not structure:
            structure.prune(shown)
        return shown

    def to_stored(obj: Obj) -> Obj:
        if keeper is structure:
            return {**obj, "apiVersion": kept_version}
        kept: Obj = {**defaulting.copied(obj), "apiVersion": kept_version}
        keeper.prune(kept)
        return kept

    return to_stored, from_stored


def _schema_of(version: Obj) -> Mapping[str, object]:
    return (version.get("schema") or {}).get("openAPIV3Schema") or _ANYTHING


_ANYTHING: Mapping[str, object] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def is_terminating(crd: Obj) -> bool:
    return conditions.is_true(crd, "Terminating")


def definition_name(group: str, version: str, kind: str) -> str:
    """As in Kubernetes' OpenAPI documents: com.example.stable.v1.CronTab."""
    return ".".join([*reversed(group.split(".")), version, kind])


def _subresources(group: str, version: str, kind: str, definition: str, has_status: bool,
                  paths: ScalePaths | None) -> tuple[Subresource, ...]:  # fmt: skip
    found = []
    if has_status:
        found.append(Subresource("status", _SUBRESOURCE_VERBS, kind, group, version, definition))
    if paths is not None:
        found.append(SCALE)
    return tuple(found)


def _nothing(obj: Obj) -> None:
    """An ordinary field when there is no status subresource."""


def _without_status(obj: Obj) -> None:
    obj.pop("status", None)


def _validate_meta(namespaced: bool) -> Callable[[Obj], Causes]:
    def validate(obj: Obj) -> Causes:
        causes: Causes = []
        validate_meta(causes, obj, names.is_dns1123_subdomain, namespaced=namespaced, qualified=False)
        return causes

    return validate


def _validate_update(structure: Structure) -> Callable[[Obj, Obj], Causes]:
    def validate(new: Obj, old: Obj) -> Causes:
        causes: Causes = []
        validate_meta_update(causes, new, old)
        return causes + structure.update_causes(new, old)

    return validate


def _fields(declared: Obj, structure: Structure) -> dict[str, Callable[[Obj], str]]:
    """The selectableFields, as `--field-selector` names them."""
    found: dict[str, Callable[[Obj], str]] = {}
    for field in declared.get("selectableFields") or ():
        try:
            path = parse(field["jsonPath"], structure.root, brackets=False)
        except FieldPathError:
            continue  # a definition from before it was checked
        found[path.path] = _reader(path.names)
    return found


def _reader(steps: tuple[str, ...]) -> Callable[[Obj], str]:
    def read(obj: Obj) -> str:
        value = found_at(obj, steps)
        if value.__class__ is bool:
            return "true" if value else "false"
        if value.__class__ in (int, float):
            return number(value)
        return value if value.__class__ is str else ""

    return read


def _warnings(api_version: str, kind: str, declared: Obj) -> Callable[[Obj], list[str]]:
    if not declared.get("deprecated"):
        return finalizer_warnings
    warning = declared.get("deprecationWarning") or f"{api_version} {kind} is deprecated"
    return lambda obj: [warning, *finalizer_warnings(obj)]
