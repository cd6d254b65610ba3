"""Named formats: `format.dns1123Label().validate(name)` is none, or the list of what is wrong."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import NamedTuple

from services.objects import names
from services.objects.cel.checking.overloads import Overload
from services.objects.cel.errors import EvaluationError
from services.objects.cel.libraries.kubernetes.urls import parse_request
from services.objects.cel.running import text
from services.objects.cel.running.values import NONE, Optional
from services.objects.cel.types import FORMAT, Type


class Format(NamedTuple):
    """`pattern` is the length that Kubernetes' cost takes its pattern to have."""

    name: str
    pattern: int
    validate: Callable[[str], list[str]]

    @property
    def cel_type(self) -> Type:
        return FORMAT


_uuid = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


def _prefix(validate: Callable[[str], list[str]]) -> Callable[[str], list[str]]:
    """Of a name to which characters will be added: it may end with a dash."""
    return lambda value: validate(value[:-1] + "a" if len(value) > 1 and value.endswith("-") else value)


def _uri(value: str) -> list[str]:
    try:
        parse_request(value)
    except ValueError as error:
        return [f'parse "{value}": {error}']
    return []


def _matching(pattern: re.Pattern[str], wrong: str) -> Callable[[str], list[str]]:
    return lambda value: [] if pattern.fullmatch(value) else [wrong]


def _byte(value: str) -> list[str]:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return ["invalid base64"]
    return []


def _parsed(parse: Callable[[str], object], wrong: str) -> Callable[[str], list[str]]:
    def validate(value: str) -> list[str]:
        try:
            parse(value)
        except EvaluationError:
            return [wrong]
        return []

    return validate


FORMATS = {
    "dns1123Label": Format("DNS1123Label", 30, names.is_dns1123_label),
    "dns1123Subdomain": Format("DNS1123Subdomain", 60, names.is_dns1123_subdomain),
    "dns1035Label": Format("DNS1035Label", 30, names.is_dns1035_label),
    "qualifiedName": Format("QualifiedName", 60, names.is_qualified_name),
    "dns1123LabelPrefix": Format("DNS1123LabelPrefix", 30, _prefix(names.is_dns1123_label)),
    "dns1123SubdomainPrefix": Format("DNS1123SubdomainPrefix", 60, _prefix(names.is_dns1123_subdomain)),
    "dns1035LabelPrefix": Format("DNS1035LabelPrefix", 30, _prefix(names.is_dns1035_label)),
    "labelValue": Format("LabelValue", 40, names.is_label_value),
    "uri": Format("URI", 1100, _uri),
    "uuid": Format("uuid", 80, _matching(_uuid, "does not match the UUID format")),
    "byte": Format("byte", 80, _byte),
    "date": Format("date", 120, _parsed(text.date_of, "invalid date")),
    "datetime": Format("datetime", 120, _parsed(text.timestamp_of, "invalid datetime")),
}


def _validate(chosen: Format, value: str) -> Optional:
    wrong = chosen.validate(value)
    return Optional.of(wrong) if wrong else NONE


def _named(name: str) -> Optional:
    return Optional.of(FORMATS[name]) if name in FORMATS else NONE


def _constant(chosen: Format) -> Callable[[], Format]:
    return lambda: chosen


OVERLOADS = (
    Overload("format-named", "format.named(string) -> optional(Format)", _named),
    Overload("format-validate", "Format.validate(string) -> optional(list(string))", _validate),
    *(Overload(f"format.{name}", f"format.{name}() -> Format", _constant(each)) for name, each in FORMATS.items()),
)
