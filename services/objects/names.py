"""Names: making them up (generateName), and what Kubernetes allows in them.

Every `is_...` returns error texts, none when the value is good; the texts are those of k8s.io/apimachinery, which
scripts grep for. The patterns are anchored, linear ones of ours, so the standard `re` is safe.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Protocol

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # no vowels, nothing that looks alike
SUFFIX_LENGTH = 5
GENERATED_LENGTH = 63

Errors = list[str]


class Chooser(Protocol):
    """The part of random.Random that makes suffixes."""

    def choices(self, population: Sequence[str], *, k: int) -> list[str]: ...


def generate(base: str, rng: Chooser) -> str:
    """`base` (cut so that the name stays a label) and five characters."""
    return base[: GENERATED_LENGTH - SUFFIX_LENGTH] + "".join(rng.choices(ALPHABET, k=SUFFIX_LENGTH))


def safe_encode(text: str) -> str:
    """Maps each byte to the safe alphabet: how a template's hash becomes part of a name."""
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in text.encode())


_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE = f"({_QUALIFIED})?"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*"


def _explained(text: str, pattern: str, *examples: str) -> str:
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{text} (e.g. {shown}regex used for validation is '{pattern}')"


_LABEL_ERROR = _explained(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    "with an alphanumeric character", _LABEL, "my-name", "123-abc")  # fmt: skip
_SUBDOMAIN_ERROR = _explained(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character", _SUBDOMAIN, "example.com")  # fmt: skip
_WILDCARD = rf"\*\.{_SUBDOMAIN}"
_WILDCARD_ERROR = _explained(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    _WILDCARD, "*.example.com")  # fmt: skip
_LABEL_1035_ERROR = _explained(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character", _LABEL_1035, "my-name", "abc-123")  # fmt: skip
_QUALIFIED_ERROR = _explained(
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    _QUALIFIED, "MyName", "my.name", "123-abc")  # fmt: skip
_LABEL_VALUE_ERROR = _explained(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character", _LABEL_VALUE, "MyValue", "my_value", "12345")  # fmt: skip
_CONFIG_KEY_ERROR = _explained(
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    _CONFIG_KEY, "key.name", "KEY_NAME", "key-name")  # fmt: skip
_C_IDENTIFIER_ERROR = _explained(
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric "
    "characters or '_'", _C_IDENTIFIER, "my_name", "MY_NAME", "MyName")  # fmt: skip
_ENV_NAME_ERROR = "a valid environment variable name must consist only of printable ASCII characters other than '='"

_label = re.compile(_LABEL).fullmatch
_subdomain = re.compile(_SUBDOMAIN).fullmatch
_wildcard = re.compile(_WILDCARD).fullmatch
_label_1035 = re.compile(_LABEL_1035).fullmatch
_qualified = re.compile(_QUALIFIED).fullmatch
_config_key = re.compile(_CONFIG_KEY).fullmatch
_c_identifier = re.compile(_C_IDENTIFIER).fullmatch
_env_name = re.compile("[ -<>-~]+").fullmatch
_port_name = re.compile("[-a-z0-9]+").fullmatch
_good_port_name = re.compile("(?=[-0-9]*[a-z])(?:[a-z0-9]+-)*[a-z0-9]+").fullmatch


def too_long(limit: int) -> str:
    return f"must be no more than {limit} bytes"


def _limited(value: str, limit: int) -> Errors:
    return [too_long(limit)] if len(value) > limit else []


def is_dns1123_label(value: str) -> Errors:
    """Namespaces, Services, containers, volumes, most pods' host names."""
    if len(value) <= 63 and _label(value):
        return []
    errors = _limited(value, 63)
    if not _label(value[:4096]):
        errors.append(_LABEL_ERROR)
    return errors


def is_dns1123_subdomain(value: str) -> Errors:
    """Most objects' names."""
    if len(value) <= 253 and _subdomain(value):
        return []
    errors = _limited(value, 253)
    if not _subdomain(value[:4096]):
        errors.append(_SUBDOMAIN_ERROR)
    return errors


def is_wildcard_subdomain(value: str) -> Errors:
    """Hosts of an Ingress that start with `*.`."""
    errors = _limited(value, 253)
    if not _wildcard(value[:4096]):
        errors.append(_WILDCARD_ERROR)
    return errors


def is_dns1035_label(value: str) -> Errors:
    """Versions and kinds of APIs."""
    errors = _limited(value, 63)
    if not _label_1035(value[:4096]):
        errors.append(_LABEL_1035_ERROR)
    return errors


def is_qualified_name(value: str) -> Errors:
    """Keys of labels and annotations, names of resources, finalizers."""
    prefix, slash, name = value.rpartition("/")
    if "/" in prefix:
        return [f"a qualified name {_QUALIFIED_ERROR} with an optional DNS subdomain prefix and '/' "
                "(e.g. 'example.com/MyName')"]  # fmt: skip
    errors: Errors = []
    if slash:
        errors += ["prefix part must be non-empty"] if not prefix else [
            f"prefix part {error}" for error in is_dns1123_subdomain(prefix)]  # fmt: skip
    if not name:
        errors.append("name part must be non-empty")
    elif len(name) > 63:
        errors.append(f"name part {too_long(63)}")
    if not _qualified(name[:4096]):
        errors.append(f"name part {_QUALIFIED_ERROR}")
    return errors


def is_label_value(value: str) -> Errors:
    errors = _limited(value, 63)
    if value and not _qualified(value[:4096]):
        errors.append(_LABEL_VALUE_ERROR)
    return errors


def is_config_key(value: str) -> Errors:
    """Keys of ConfigMaps and Secrets: they become file names."""
    errors = _limited(value, 253)
    if not _config_key(value):
        errors.append(_CONFIG_KEY_ERROR)
    if value == ".":
        errors.append("must not be '.'")
    elif value == "..":
        errors.append("must not be '..'")
    elif value.startswith(".."):
        errors.append("must not start with '..'")
    return errors


def is_c_identifier(value: str) -> Errors:
    return [] if _c_identifier(value) else [_C_IDENTIFIER_ERROR]


def is_env_name(value: str) -> Errors:
    """Any printable ASCII but `=`."""
    return [] if _env_name(value) else [_ENV_NAME_ERROR]


def is_port_name(value: str) -> Errors:
    """An IANA service name."""
    if len(value) <= 15 and _good_port_name(value):
        return []
    errors = _limited(value, 15)
    if not _port_name(value):
        errors.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not any("a" <= character <= "z" for character in value):
        errors.append("must contain at least one letter (a-z)")
    if "--" in value:
        errors.append("must not contain consecutive hyphens")
    if value and (value[0] == "-" or value[-1] == "-"):
        errors.append("must not begin or end with a hyphen")
    return errors


def is_port_number(value: int) -> Errors:
    return [] if 1 <= value <= 65535 else ["must be between 1 and 65535, inclusive"]


def is_path_segment(value: str) -> Errors:
    """What must hold of every name, since it becomes part of a URL."""
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{character}'" for character in "/%" if character in value]


def is_ip(value: str) -> Errors:
    try:
        ipaddress.ip_address(value if "%" not in value else "")
    except ValueError:
        return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    return []
