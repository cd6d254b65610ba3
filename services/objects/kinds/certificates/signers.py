"""Names of signers: a domain and a path, example.com/signer-name."""

from __future__ import annotations

import json

from services.objects import names
from services.objects.kinds.validation.field import Causes, invalid, required, too_long
from services.objects.kinds.validation.meta import NameRule

_LEGACY = "kubernetes.io/legacy-unknown"
_DOMAIN_LENGTH = 253
_LENGTH = _DOMAIN_LENGTH + 1 + (253 + 1 + 63)


def validate_signer(causes: Causes, path: str, signer: str) -> None:
    if signer == _LEGACY:
        causes.append(invalid(path, signer, "the legacy signerName is not allowed via this API version"))
        return
    if not signer:
        causes.append(required(path))
        return
    domain, slash, rest = signer.partition("/")
    if not slash or "/" in rest:
        causes.append(invalid(path, signer,
                              "must be a fully qualified domain and path of the form 'example.com/signer-name'"))
        return
    if len(domain) > _DOMAIN_LENGTH:
        causes.append(too_long(path, _DOMAIN_LENGTH))
    labels = domain.split(".")
    _validate_first_bad(causes, path, domain, labels, names.is_dns1123_label)
    if len(labels) < 2:
        causes.append(invalid(path, domain, "should be a domain with at least two segments separated by dots"))
    _validate_first_bad(causes, path, rest, rest.split("."), names.is_dns1123_subdomain)
    if len(signer) > _LENGTH:
        causes.append(too_long(path, _LENGTH))


def _validate_first_bad(causes: Causes, path: str, whole: str, labels: list[str], rule: NameRule) -> None:
    """What is wrong with the first label that is wrong: what is wrong with the next sounds the same."""
    for label in labels:
        errors = rule(label)
        if errors:
            quoted = json.dumps(label, ensure_ascii=False)
            causes.extend(invalid(path, whole, f"validating label {quoted}: {error}") for error in errors)
            return
