"""The names of signers of certificates, and of the bundles of trust that are called after them."""

from __future__ import annotations

from services.objects import names
from services.objects.kinds.validation.field import Causes, invalid, required, shown, too_long
from services.objects.kinds.validation.meta import NameRule

_LONGEST_DOMAIN = 253
_LONGEST_PATH = 63 + 1 + 253  # a name of a namespace, a dot, and a name of an object
_LONGEST_SIGNER = _LONGEST_DOMAIN + 1 + _LONGEST_PATH


def validate_signer_name(causes: Causes, path: str, signer: str) -> None:
    """`example.com/some.name`: a fully qualified domain and a path of DNS names."""
    if not signer:
        causes.append(required(path))
        return
    domain, slash, name = signer.partition("/")
    if not slash or "/" in name:
        causes.append(invalid(path, signer, "must be a fully qualified domain and path of the form "
                                            "'example.com/signer-name'"))  # fmt: skip
        return
    if len(domain) > _LONGEST_DOMAIN:
        causes.append(too_long(path, _LONGEST_DOMAIN))
    labels = domain.split(".")
    _validate_first_bad(causes, path, domain, labels, names.is_dns1123_label)
    if len(labels) < 2:
        causes.append(invalid(path, domain, "should be a domain with at least two segments separated by dots"))
    _validate_first_bad(causes, path, name, name.split("."), names.is_dns1123_subdomain)
    if len(signer) > _LONGEST_SIGNER:
        causes.append(too_long(path, _LONGEST_SIGNER))


def _validate_first_bad(causes: Causes, path: str, whole: str, labels: list[str], rule: NameRule) -> None:
    """What is wrong with the first label that is wrong: what is wrong with the next sounds the same."""
    for label in labels:
        errors = rule(label)
        if errors:
            causes.extend(invalid(path, whole, f"validating label {shown(label)}: {error}") for error in errors)
            return


def trust_bundle_name_errors(name: str) -> list[str]:
    """`bundle`, or of a signer `example.com:signer:bundle`."""
    if ":" not in name:
        return names.is_dns1123_subdomain(name)
    last = name.rpartition(":")[2]
    errors = [] if last else ["must not end in a colon"]
    return errors + (names.is_dns1123_subdomain(last) if last else [])
