"""Names that begin with a domain, so that their owners do not meet: acme.io/foo."""

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
