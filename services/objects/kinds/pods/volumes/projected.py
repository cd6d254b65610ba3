"""The rules of projected volumes: several sources under one roof, no two of which may write the same file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.objects.kinds.pods.containers.env import (
    VOLUME_FIELDS,
    validate_field_selector,
    validate_resource_selector,
)
from services.objects.kinds.validation.field import Causes, add_invalid, forbidden, invalid, required, unsupported
from services.objects.kinds.validation.labels import validate_selector
from services.objects.kinds.validation.meta import validate_annotations
from services.objects.kinds.validation.texts.paths import validate_local, validate_mode
from services.objects.kinds.validation.texts.signers import trust_bundle_name_errors, validate_signer_name
from services.objects.meta import Obj

_SHORTEST_TOKEN, _LONGEST_TOKEN = 600, 1 << 32
_KEY_TYPES = ("RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519")
_SHORTEST_CERTIFICATE, _LONGEST_CERTIFICATE, _LONGEST_OF_KUBERNETES = 3600, 91 * 86400, 86400
_CERTIFICATE_PATHS = ("credentialBundlePath", "keyPath", "certificateChainPath")

# A source reports the files it writes, with what the refusal of a second one shows.
Files = list[tuple[str, str]]


def validate_items(causes: Causes, path: str, items: Sequence[Obj]) -> None:
    """Keys of a ConfigMap or Secret and the files they become."""
    for index, item in enumerate(items):
        where = f"{path}[{index}]"
        file = item.get("path") or ""
        if not item.get("key"):
            causes.append(required(f"{where}.key"))
        if not file:
            causes.append(required(f"{where}.path"))
        validate_local(causes, f"{where}.path", file)
        validate_mode(causes, f"{where}.mode", item.get("mode"))


def validate_downward_file(causes: Causes, path: str, item: Obj) -> None:
    """`path` is that of the source: Kubernetes names no place in its list."""
    file = item.get("path") or ""
    if not file:
        causes.append(required(f"{path}.path"))
    validate_local(causes, f"{path}.path", file)
    if "fieldRef" in item:
        validate_field_selector(causes, f"{path}.fieldRef", item["fieldRef"], VOLUME_FIELDS)
        if "resourceFieldRef" in item:
            causes.append(invalid(path, "resource",
                                  "fieldRef and resourceFieldRef can not be specified simultaneously"))  # fmt: skip
    elif "resourceFieldRef" in item:
        validate_resource_selector(causes, f"{path}.resourceFieldRef", item["resourceFieldRef"], in_volume=True)
    else:
        causes.append(required(path, "one of fieldRef and resourceFieldRef is required"))
    validate_mode(causes, f"{path}.mode", item.get("mode"))


def validate_projected(causes: Causes, path: str, source: Obj) -> None:
    validate_mode(causes, f"{path}.defaultMode", source.get("defaultMode"))
    taken: set[str] = set()
    for index, projection in enumerate(source.get("sources") or ()):
        where = f"{path}.sources[{index}]"
        given = [name for name in _PROJECTIONS if name in projection]
        for name in given:
            for file, shown in _PROJECTIONS[name](causes, path, f"{where}.{name}", projection[name]):
                if file in taken:
                    causes.append(invalid(path, shown, "conflicting duplicate paths"))
                taken.add(file)
        if len(given) > 1:
            causes.append(forbidden(where, "may not specify more than 1 volume type per source"))


def _keys(causes: Causes, volume: str, path: str, source: Obj) -> Files:
    name = source.get("name") or ""
    if not name:
        causes.append(required(f"{path}.name"))
    items = source.get("items") or ()
    validate_items(causes, f"{path}.items", items)
    return [(item["path"], name) for item in items if item.get("path")]


def _downward_api(causes: Causes, volume: str, path: str, source: Obj) -> Files:
    items = source.get("items") or ()
    for item in items:
        validate_downward_file(causes, path, item)
    return [(item["path"], item["path"]) for item in items if item.get("path")]


def _token(causes: Causes, volume: str, path: str, source: Obj) -> Files:
    """Its path is checked against no other: kubectl and the webhooks of old put tokens over each other."""
    seconds = source.get("expirationSeconds", 3600)
    if seconds < _SHORTEST_TOKEN:
        causes.append(invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"))
    if seconds > _LONGEST_TOKEN:
        causes.append(invalid(f"{path}.expirationSeconds", seconds,
                              "may not specify a duration larger than 2^32 seconds"))  # fmt: skip
    if not source.get("path"):
        causes.append(required(f"{volume}.path"))
    else:
        validate_local(causes, f"{volume}.path", source["path"])
    return []


def _trust_bundle(causes: Causes, volume: str, path: str, source: Obj) -> Files:
    """One bundle by name, or all of a signer that carry the labels."""
    name, signer = source.get("name"), source.get("signerName")
    if name is not None and signer is not None:
        causes.append(invalid(path, source, "only one of name and signerName may be used"))
    elif name is not None:
        if not name:
            causes.append(required(f"{path}.name", "must be a valid object name"))
        add_invalid(causes, f"{path}.name", name,
                    [f"not a valid clustertrustbundlename: {error}" for error in trust_bundle_name_errors(name)])
        if source.get("labelSelector") is not None:
            causes.append(invalid(f"{path}.labelSelector", source["labelSelector"],
                                  "labelSelector must be unset if name is specified"))  # fmt: skip
    elif signer is not None:
        if not signer:
            causes.append(required(f"{path}.signerName", "must be a valid signer name"))
        validate_signer_name(causes, f"{path}.signerName", signer)
        if source.get("labelSelector") is not None:
            validate_selector(causes, f"{path}.labelSelector", source["labelSelector"])
    else:
        causes.append(required(path, "either name or signerName must be specified"))
    file = source.get("path") or ""
    if not file:
        causes.append(required(f"{path}.path"))
    validate_local(causes, f"{path}.path", file)
    return [(file, file)]


def _certificate(causes: Causes, volume: str, path: str, source: Obj) -> Files:
    signer, key_type = source.get("signerName") or "", source.get("keyType") or ""
    validate_signer_name(causes, f"{path}.signerName", signer)
    if key_type not in _KEY_TYPES:
        causes.append(unsupported(f"{path}.keyType", key_type, _KEY_TYPES))
    seconds = source.get("maxExpirationSeconds")
    if seconds is not None:
        longest = _LONGEST_OF_KUBERNETES if signer.startswith("kubernetes.io/") else _LONGEST_CERTIFICATE
        where = f"{path}.maxExpirationSeconds"
        if seconds < _SHORTEST_CERTIFICATE:
            causes.append(invalid(where, seconds,
                                  f"if provided, maxExpirationSeconds must be >= {_SHORTEST_CERTIFICATE}"))
        elif seconds > longest:
            causes.append(invalid(where, seconds, f"if provided, maxExpirationSeconds must be <= {longest}"))
    if source.get("userAnnotations"):
        _validate_user_annotations(causes, f"{path}.userAnnotations", source["userAnnotations"])
    files: Files = []
    for name in _CERTIFICATE_PATHS:
        file = source.get(name)
        if file:
            validate_local(causes, f"{path}.{name}", file)
            files.append((file, file))
    if not files:
        causes.append(required(path, "specify at least one of credentialBundlePath, keyPath, and "
                                     "certificateChainPath"))  # fmt: skip
    return files


def _validate_user_annotations(causes: Causes, path: str, annotations: dict[str, str]) -> None:
    validate_annotations(causes, path, annotations)
    for key in annotations:
        if "/" not in key:
            causes.append(invalid(path, key, "must be domain-prefixed"))


_PROJECTIONS: dict[str, Callable[[Causes, str, str, Obj], Files]] = {
    "secret": _keys,
    "configMap": _keys,
    "downwardAPI": _downward_api,
    "serviceAccountToken": _token,
    "clusterTrustBundle": _trust_bundle,
    "podCertificate": _certificate,
}
