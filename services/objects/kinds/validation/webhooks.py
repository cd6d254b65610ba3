"""How the apiserver is told to call somebody: by URL, or through a Service. Webhooks of admission and of conversion."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from services.objects import names
from services.objects.kinds.validation.field import Causes, invalid, required
from services.objects.meta import Obj

_FORM = "; desired format: https://host[/path]"
_escape = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL).search
_scheme = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:").match
_port = re.compile(r"(:[0-9]*)?").fullmatch


class _Url(NamedTuple):
    scheme: str
    host: str
    user: str | None
    query: str
    fragment: str


def validate_client_config(causes: Causes, path: str, config: Obj) -> None:
    """`url` or `service`."""
    url, service = config.get("url"), config.get("service")
    if (url is None) == (service is None):
        causes.append(required(path, "exactly one of url or service is required"))
    elif url is not None:
        validate_url(causes, f"{path}.url", url)
    elif service is not None:
        validate_service(causes, f"{path}.service", service)


def default_client_config(config: Obj) -> None:
    service = config.get("service")
    if service is not None:
        service.setdefault("port", 443)


def validate_url(causes: Causes, path: str, text: str) -> None:
    try:
        url = _parse(text)
    except ValueError as error:
        causes.append(required(path, f"url must be a valid URL: {error}{_FORM}"))
        return
    if url.scheme != "https":
        causes.append(invalid(path, url.scheme, f"'https' is the only allowed URL scheme{_FORM}"))
    if not url.host:
        causes.append(invalid(path, "", f"host must be specified{_FORM}"))
    if url.user is not None:
        causes.append(invalid(path, url.user, "user information is not permitted in the URL"))
    if url.fragment:
        causes.append(invalid(path, url.fragment, "fragments are not permitted in the URL"))
    if url.query:
        causes.append(invalid(path, url.query, "query parameters are not permitted in the URL"))


def _parse(text: str) -> _Url:
    """As Go's net/url; ValueError has its words."""
    if any(ord(character) < 0x20 or character == "\x7f" for character in text):
        raise ValueError(f"parse {_quoted(text)}: net/url: invalid control character in URL")
    if text.startswith(":"):
        raise ValueError(f"parse {_quoted(text)}: missing protocol scheme")
    before = text.partition("/")[0].partition("?")[0].partition("#")[0]
    if ":" in before and not _scheme(before):
        raise ValueError(f"parse {_quoted(text)}: first path segment in URL cannot contain colon")
    escape = _escape(text.partition("?")[0])
    if escape is not None:
        raise ValueError(f"parse {_quoted(text)}: invalid URL escape {_quoted(escape[0])}")
    try:
        split = urlsplit(text)
    except ValueError as error:
        raise ValueError(f"parse {_quoted(text)}: missing ']' in host") from error
    user, at, host = split.netloc.rpartition("@")
    port = host.rpartition("]")[2] if host.startswith("[") else host[host.find(":"):] if ":" in host else ""
    if not _port(port):
        raise ValueError(f"parse {_quoted(text)}: invalid port {_quoted(port)} after host")
    return _Url(split.scheme, host, user if at else None, split.query, unquote(split.fragment))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    shown = "".join(character if " " <= character != "\x7f" else f"\\x{ord(character):02x}" for character in escaped)
    return f'"{shown}"'


def validate_service(causes: Causes, path: str, service: Obj) -> None:
    """Kubernetes mixes up the two names: a missing namespace is told of as a missing name, and the other way round."""
    if not service.get("namespace"):
        causes.append(required(f"{path}.name"))
    if not service.get("name"):
        causes.append(required(f"{path}.namespace"))
    port = service.get("port") or 0
    if errors := names.is_port_number(port):
        causes.append(invalid(f"{path}.port", port, f"port is not valid: {', '.join(errors)}"))
    url_path = service.get("path")
    if url_path is not None:
        _validate_path(causes, f"{path}.path", url_path)


def _validate_path(causes: Causes, path: str, text: str) -> None:
    if text in ("", "/"):
        return
    if text == "//":
        causes.append(invalid(path, text, "segment[0] may not be empty"))
        return
    if not text.startswith("/"):
        causes.append(invalid(path, text, "must start with a '/'"))
    for index, segment in enumerate(text[1:].removesuffix("/").split("/")):
        if not segment:
            causes.append(invalid(path, text, f"segment[{index}] may not be empty"))
            continue
        for error in names.is_dns1123_subdomain(segment):
            causes.append(invalid(path, text, f"segment[{index}]: {error}"))
