from __future__ import annotations

import pytest

from services.objects import quantity


@pytest.mark.parametrize(
    ("text", "kept", "milli", "value"),
    [
        ("1000m", "1", 1000, 1),
        ("0.5", "500m", 500, 1),
        (0.5, "500m", 500, 1),
        (2, "2", 2000, 2),
        ("1024Mi", "1Gi", 2**30 * 1000, 2**30),
        ("1.5Gi", "1536Mi", 1536 * 2**20 * 1000, 1536 * 2**20),
        ("1000Ki", "1000Ki", 1024000000, 1024000),
        ("512Ki", "512Ki", 524288000, 524288),
        ("0.5Ki", "512", 512000, 512),
        ("1.5Ki", "1536", 1536000, 1536),
        ("0.1Ki", "102400m", 102400, 103),
        ("100k", "100k", 10**8, 10**5),
        ("1500k", "1500k", 15 * 10**8, 15 * 10**5),
        ("1e3", "1e3", 10**6, 1000),
        ("12E2", "1200", 1200000, 1200),
        ("1E", "1E", 10**21, 10**18),
        ("1.2345m", "2m", 2, 1),
        ("0.1n", "1m", 1, 1),
        ("-1.5", "-1500m", -1500, -1),
        ("+5", "5", 5000, 5),
        ("5.", "5", 5000, 5),
        (".5", "500m", 500, 1),
        ("00012", "12", 12000, 12),
        ("0", "0", 0, 0),
        ("0Gi", "0", 0, 0),
        ("9223372036854775808Ki", "9223372036854775807", (2**63 - 1) * 1000, 2**63 - 1),
    ],
)
def test_amounts_and_what_a_resource_list_keeps(text: object, kept: str, milli: int, value: int) -> None:
    assert quantity.rounded(text) == kept
    assert quantity.milli(text) == milli
    assert quantity.value(text) == value


@pytest.mark.parametrize("text", ["", ".", "+", "1x", "abc", "1 2", "1,5", "--1", None, True, [], {}, float("nan")])
def test_what_is_no_quantity(text: object) -> None:
    with pytest.raises(quantity.QuantityError, match="must match the regular expression"):
        quantity.parse(text)
    assert not quantity.is_valid(text)


@pytest.mark.parametrize("text", ["1ee3", "1e+", "1kk", "1Ki5", "1mi", "1K"])
def test_wrong_suffixes(text: str) -> None:
    with pytest.raises(quantity.QuantityError, match="unable to parse quantity's suffix"):
        quantity.parse(text)


def test_monsters_are_refused_or_capped_at_once() -> None:
    assert quantity.parse("1e999999999").nano == quantity.MAX
    assert quantity.parse("1e-999999999").nano == 1
    with pytest.raises(quantity.QuantityError):
        quantity.parse("1" * 100_000)
    with pytest.raises(quantity.QuantityError):
        quantity.parse(10**5000)
