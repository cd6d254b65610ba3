"""The names of signers of certificates, and of the bundles of trust that are called after them."""

from __future__ import annotations

from services.objects import names
from services.objects.kinds.validation.field import Causes, invalid, required, too_long

_LONGEST_PATH = 63 + 253 + 1  # a name of a namespace, a dot, and a name of an object
_LONGEST_SIGNER = 253 + 1 + _LONGEST_PATH


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
    for error in names.is_dns1123_subdomain(domain):
        causes.append(invalid(path, domain, f"validating label \"{domain}\": {error}"))
    if "." not in domain:
        causes.append(invalid(path, domain, "should be a domain with at least two segments separated by dots"))
    for error in names.is_dns1123_subdomain(name):
        causes.append(invalid(path, name, f"validating label \"{name}\": {error}"))
    if len(signer) > _LONGEST_SIGNER:
        causes.append(too_long(path, _LONGEST_SIGNER))


def trust_bundle_name_errors(name: str) -> list[str]:
    """`bundle`, or of a signer `example.com:signer:bundle`."""
    if ":" not in name:
        return names.is_dns1123_subdomain(name)
    last = name.rpartition(":")[2]
    errors = [] if last else ["must not end in a colon"]
    return errors + (names.is_dns1123_subdomain(last) if last else [])
