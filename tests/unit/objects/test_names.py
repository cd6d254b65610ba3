from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from services.objects import names


def test_generated_names_are_labels_whatever_the_base() -> None:
    rng = random.Random(1)
    for base in ("web-", "x" * 200):
        name = names.generate(base, rng)
        assert len(name) <= 63
        assert name[:-5] == base[:58]
        assert set(name[-5:]) <= set(names.ALPHABET)
    assert names.generate("web-", random.Random(7)) == names.generate("web-", random.Random(7))


def test_hashes_are_encoded_with_the_safe_alphabet() -> None:
    assert names.safe_encode("0123456789") == "456789bcdf"


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (names.is_dns1123_label, ["a", "w-1", "1a", "a" * 63], ["", "Web", "-a", "a-", "a.b", "a_b", "a" * 64]),
        (names.is_dns1123_subdomain, ["a", "a.b-c.d", "a" * 253], ["", "a..b", ".a", "A", "a\n", "a." + "b" * 253]),
        (names.is_dns1035_label, ["a", "a-1"], ["1a", "", "a.b", "a" * 64]),
        (names.is_qualified_name, ["a", "A_b.c", "example.com/Name"], ["", "/a", "a/", "a/b/c", "-a", "A!/b"]),
        (names.is_label_value, ["", "a", "A.b_c-d"], ["-", "a b", "a/b", "é", "a" * 64]),
        (names.is_config_key, ["a", "A.b_c-d", ".a"], ["", ".", "..", "..a", "a/b", "a" * 254]),
        (names.is_env_name, ["A", "a.b-c", "1 2"], ["", "A=b", "é", "a\tb"]),
        (names.is_port_name, ["http", "a-1"], ["", "a--b", "-a", "a-", "HTTP", "1234", "a" * 16]),
        (names.is_path_segment, ["a", "a:b"], [".", "..", "a/b", "a%b"]),
        (names.is_ip, ["10.0.0.1", "::1"], ["", "10.0.0", "10.0.0.01", "fe80::1%eth0", "a"]),
        (names.is_c_identifier, ["_a", "A1"], ["1a", "", "a-b"]),
    ],
)
def test_what_is_allowed(check: Callable[[str], list[str]], good: list[str], bad: list[str]) -> None:
    assert [value for value in good if check(value)] == []
    assert [value for value in bad if not check(value)] == []


def test_texts() -> None:
    assert names.is_dns1123_label("A") == [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
        "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
        "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    ]
    assert names.is_dns1123_subdomain("A") == [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
        "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    ]
    assert names.is_qualified_name("a/b/c") == [
        "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' "
        "(e.g. 'example.com/MyName')"
    ]
    assert names.is_port_name("a--B") == [
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)", "must not contain consecutive hyphens"
    ]  # fmt: skip
    assert names.is_port_number(0) == ["must be between 1 and 65535, inclusive"]
    assert names.is_config_key("..a") == ["must not start with '..'"]


def test_checks_are_linear() -> None:
    """A quadratic pattern would not come back from these."""
    for text in ("a" * 10**6 + "!", "a-" * 10**6, "a." * 10**6, "-" * 10**6):
        assert names.is_dns1123_subdomain(text)
        assert names.is_qualified_name(text)
        assert names.is_label_value(text)
