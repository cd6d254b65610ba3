"""URLs, read as Go's net/url reads the target of a request: absolute, or a path from the root."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from services.objects.cel.checking.overloads import Overload
from services.objects.cel.costs.metering import Frame, work
from services.objects.cel.errors import EvaluationError
from services.objects.cel.types import URL, Type

_scheme = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):", re.ASCII).match
_control = re.compile(r"[\x00-\x1f\x7f]").search
_bad_escape = re.compile(r"%(?![0-9a-fA-F]{2})").search
_port = re.compile(r":[0-9]*", re.ASCII).fullmatch
_bad_host = re.compile(r"[ \"<>\\^`{|}]").search
_LONGEST = 100_000


class Url(NamedTuple):
    scheme: str
    host: str  # with the port
    path: str  # as it was written
    query: str
    text: str

    @property
    def cel_type(self) -> Type:
        return URL


def parse_request(text: str) -> Url:
    """Raises ValueError with Go's reason."""
    if _control(text):
        raise ValueError("net/url: invalid control character in URL")
    if not text:
        raise ValueError("empty url")
    if len(text) > _LONGEST:
        raise ValueError("invalid URI for request")
    rest = text
    scheme = ""
    match = _scheme(text)
    if match is not None:
        scheme, rest = match[1].lower(), text[match.end():]
    elif text.startswith(":"):
        raise ValueError("missing protocol scheme")
    rest, _, query = rest.partition("?")
    if not rest.startswith("/"):
        if scheme:
            return Url(scheme, "", "", query, text)
        raise ValueError("invalid URI for request")
    host = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")) and scheme:
        host, slash, path = rest[2:].partition("/")
        rest = slash + path
        host = _authority(host)
    if _bad_escape(rest):
        found = _bad_escape(rest)
        assert found is not None
        raise ValueError(f'invalid URL escape "{rest[found.start():found.start() + 3]}"')
    return Url(scheme, host, rest, query, text)


def _authority(authority: str) -> str:
    host = authority.rpartition("@")[2]
    if host.startswith("["):
        closing = host.find("]")
        if closing < 0:
            raise ValueError("missing ']' in host")
        after = host[closing + 1:]
        if after and _port(after) is None:
            raise ValueError(f'invalid port "{after}" after host')
        return host
    colon = host.rfind(":")
    if colon >= 0 and _port(host[colon:]) is None:
        raise ValueError(f'invalid port "{host[colon:]}" after host')
    bad = _bad_host(host)
    if bad is not None:
        raise ValueError(f'invalid character "{bad[0]}" in host name')
    if _bad_escape(host):
        raise ValueError("invalid URL escape in host")
    return host


def _url(text: str) -> Url:
    try:
        return parse_request(text)
    except ValueError as error:
        raise EvaluationError(f'URL parse error during conversion from string: parse "{text}": {error}') from None


def _is_url(text: str) -> bool:
    try:
        parse_request(text)
    except ValueError:
        return False
    return True


def _hostname(url: Url) -> str:
    if url.host.startswith("["):
        return url.host[1:url.host.find("]")]
    return url.host.partition(":")[0]


def _port_of(url: Url) -> str:
    after = url.host[url.host.find("]") + 1:] if url.host.startswith("[") else url.host
    return after.partition(":")[2]


def _escaped_path(url: Url, frame: Frame) -> str:
    """As written where that is a valid encoding, otherwise encoded."""
    work(frame, len(url.path))
    safe = "/!$&'()*+,;=:@[]-_.~%"
    kept = quote(url.path, safe=safe)
    return kept if kept == url.path else quote(unquote(url.path), safe="/$&+,:;=@!'()*-_.~")


def _query(url: Url, frame: Frame) -> dict[str, Any]:
    work(frame, len(url.query))
    found: dict[str, Any] = {}
    for key, value in parse_qsl(url.query, keep_blank_values=True, max_num_fields=10_000):
        found.setdefault(key, []).append(value)
    return found


OVERLOADS = (
    Overload("string_to_url", "url(string) -> URL", _url),
    Overload("is_url_string", "isURL(string) -> bool", _is_url),
    Overload("url_get_scheme", "URL.getScheme() -> string", lambda url: url.scheme),
    Overload("url_get_host", "URL.getHost() -> string", lambda url: url.host),
    Overload("url_get_hostname", "URL.getHostname() -> string", _hostname),
    Overload("url_get_port", "URL.getPort() -> string", _port_of),
    Overload("url_get_escaped_path", "URL.getEscapedPath() -> string", _escaped_path, metered=True),
    Overload("url_get_query", "URL.getQuery() -> map(string, list(string))", _query, metered=True),
)
