r"""The formats that Kubernetes validates; any other word after `format:` is a comment.

The patterns are ours, anchored and linear, so the standard `re` is safe. What each accepts is written down in the
API's own description of JSONSchemaProps.format, and in k8s.io/kube-openapi/pkg/validation/strfmt.
"""

from __future__ import annotations

import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import date
from email.utils import parseaddr
from urllib.parse import urlsplit

from services.objects import names

Recognise = Callable[[str], bool]


def recognised(name: str) -> Recognise | None:
    """The test of a format by its name, dashes aside (`date-time`, `datetime`); None for one that is not validated."""
    return _EXACT.get(name) or _FORMATS.get(name.replace("-", ""))


def _matching(pattern: str, flags: int = 0) -> Recognise:
    matches = re.compile(pattern, flags | re.ASCII).fullmatch
    return lambda text: matches(text) is not None


def _uri(text: str) -> bool:
    """As Go's url.ParseRequestURI: an absolute URI or an absolute path."""
    if not text or any(ord(character) < 0x20 or ord(character) == 0x7F for character in text) or " " in text:
        return False
    if text.startswith("/"):
        return _percents(text)
    if not re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", text):
        return False
    try:
        urlsplit(text).port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return False
    return _percents(text)


def _percents(text: str) -> bool:
    return re.search(r"%(?![0-9A-Fa-f]{2})", text.partition("?")[0]) is None


def _email(text: str) -> bool:
    if len(text) > 4096 or "\n" in text or "\r" in text:
        return False
    address = parseaddr(text)[1]
    local, at, domain = address.rpartition("@")
    return bool(at and local and domain) and " " not in domain and not domain.startswith(".") and "@" not in local


def _hostname(text: str) -> bool:
    labels = text.removesuffix(".").split(".")
    return 0 < len(text) <= 255 and all(_host_label(label) for label in labels)


_host_label = _matching(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


def _address(version: int) -> Recognise:
    def test(text: str) -> bool:
        try:
            return "%" not in text and ipaddress.ip_address(text).version == version
        except ValueError:
            return False

    return test


def _cidr(text: str) -> bool:
    _, slash, length = text.partition("/")
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return bool(slash) and length.isascii() and length.isdigit() and "%" not in text


_ISBN_WEIGHTS = {10: range(10, 0, -1), 13: (1, 3) * 6 + (1,)}


def _isbn(*lengths: int) -> Recognise:
    def test(text: str) -> bool:
        digits = text.replace("-", "").replace(" ", "")
        if len(digits) not in lengths or not digits.isascii():
            return False
        body, last = digits[:-1], digits[-1]
        if not body.isdigit() or not (last.isdigit() or (last in "xX" and len(digits) == 10)):
            return False
        values = [*map(int, body), 10 if last in "xX" else int(last)]
        weights = _ISBN_WEIGHTS[len(digits)]
        return sum(value * weight for value, weight in zip(values, weights, strict=True)) % (
            11 if len(digits) == 10 else 10) == 0  # fmt: skip

    return test


_card = _matching(r"4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|"
                  r"3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35[0-9]{3})[0-9]{11}")  # fmt: skip


def _credit_card(text: str) -> bool:
    digits = re.sub(r"[^0-9]+", "", text)
    if not _card(digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _byte(text: str) -> bool:
    try:
        binascii.a2b_base64(text.replace("\r", "").replace("\n", ""), strict_mode=True)
    except ValueError:
        return False
    return True


_full_date = _matching("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _date(text: str) -> bool:
    if not _full_date(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return text.startswith("0000-")  # a year that Go knows
    return True


_clock = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?(z|[+-][0-9]{2}:[0-9]{2})", re.ASCII).fullmatch


def _date_time(text: str) -> bool:
    day, separator, clock = text.lower().partition("t")
    parts = _clock(clock)
    if not separator or not _date(day) or parts is None:
        return False
    return int(parts[1]) <= 23 and int(parts[2]) <= 59 and int(parts[3]) <= 59


_go_duration = _matching(r"[-+]?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)"
                         r"(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))*)")  # fmt: skip
_UNITS = frozenset({
    "ns", "nano", "nanosecond", "nanoseconds", "nanos", "us", "µs", "micro", "micros", "microsecond", "microseconds",
    "ms", "milli", "millis", "millisecond", "milliseconds", "s", "sec", "secs", "second", "seconds", "m", "min", "mins",
    "minute", "minutes", "h", "hr", "hour", "hours", "d", "day", "days", "w", "wk", "week", "weeks",
})  # fmt: skip


def _duration(text: str) -> bool:
    """As Go's time.ParseDuration, or a number with a unit in words (`3 days`)."""
    if _go_duration(text):
        return True
    return any(unit.lower() in _UNITS for unit in re.findall(r"[0-9]\s{0,64}([A-Za-zµ]{1,16})", text[:4096]))


_BYTE_OF_COLOR = r"\s*([0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])\s*"
_HEX = "[0-9a-f]"


def _uuid(third: str, fourth: str) -> Recognise:
    return _matching(rf"{_HEX}{{8}}-?{_HEX}{{4}}-?{third}-?{fourth}-?{_HEX}{{12}}", re.IGNORECASE)


_ANY = _HEX + "{4}"
_EXACT: Mapping[str, Recognise] = {
    "k8s-short-name": lambda text: not names.is_dns1123_label(text),
    "k8s-long-name": lambda text: not names.is_dns1123_subdomain(text),
}
_FORMATS: Mapping[str, Recognise] = {
    "bsonobjectid": _matching("[0-9a-fA-F]{24}"),
    "uri": _uri,
    "email": _email,
    "hostname": _hostname,
    "ipv4": _address(4),
    "ipv6": _address(6),
    "cidr": _cidr,
    "mac": _matching(r"[0-9A-Fa-f]{2}(([:-])[0-9A-Fa-f]{2})((\2[0-9A-Fa-f]{2}){4}|(\2[0-9A-Fa-f]{2}){6}|"
                     r"(\2[0-9A-Fa-f]{2}){18})|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}"
                     r"(\.[0-9A-Fa-f]{4}|(\.[0-9A-Fa-f]{4}){7})?"),
    "uuid": _uuid(_ANY, _ANY),
    "uuid3": _uuid(f"3{_HEX}{{3}}", _ANY),
    "uuid4": _uuid(f"4{_HEX}{{3}}", f"[89ab]{_HEX}{{3}}"),
    "uuid5": _uuid(f"5{_HEX}{{3}}", f"[89ab]{_HEX}{{3}}"),
    "isbn": _isbn(10, 13),
    "isbn10": _isbn(10),
    "isbn13": _isbn(13),
    "creditcard": _credit_card,
    "ssn": _matching(r"[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}"),
    "hexcolor": _matching("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"),
    "rgbcolor": _matching(rf"rgb\({_BYTE_OF_COLOR},{_BYTE_OF_COLOR},{_BYTE_OF_COLOR}\)"),
    "byte": _byte,
    "password": lambda text: True,
    "date": _date,
    "duration": _duration,
    "datetime": _date_time,
}  # fmt: skip
