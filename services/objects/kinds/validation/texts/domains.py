"""Names with a domain in them, so that their owners do not meet: acme.io/foo, check.acme.io."""

from __future__ import annotations

import re

from services.objects import names
from services.objects.kinds.validation.field import Causes, add_invalid, invalid, required

_PATH = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"
_is_path = re.compile(_PATH).fullmatch


def validate_domain_prefixed_path(causes: Causes, path: str, text: str) -> None:
    if not text:
        causes.append(required(path))
        return
    domain, _, rest = text.partition("/")
    if not domain or not rest:
        causes.append(invalid(path, text, 'must be a domain-prefixed path (such as "acme.io/foo")'))
        return
    add_invalid(causes, path, domain, names.is_dns1123_subdomain(domain))
    if not _is_path(rest):
        causes.append(invalid(path, rest, f"Invalid path (regex used for validation is '{_PATH}')"))


def validate_fully_qualified(causes: Causes, path: str, text: str) -> None:
    """A domain of three parts or more: names of webhooks."""
    if not text:
        causes.append(required(path))
    elif errors := names.is_dns1123_subdomain(text):
        causes.append(invalid(path, text, ",".join(errors)))
    elif text.count(".") < 2:
        causes.append(invalid(path, text, "should be a domain with at least three segments separated by dots"))
