"""Warnings on the wire."""

from __future__ import annotations

import pytest

from services.apiserver.rest.output import fitting, warning_header


def test_warnings_are_given_once_and_in_full() -> None:
    assert fitting(["b", "a", "b"]) == ["b", "a"]
    assert fitting(["x" * 4096]) == ["x" * 4096]


def test_too_many_are_cut_short_until_it_is_enough() -> None:
    found = fitting([f"{number:05d}" + "x" * 300 for number in range(50_000)])
    assert {len(text) for text in found} == {256}
    assert sum(map(len, found)) == 4096
    many = fitting([f"unknown field {number}" for number in range(50_000)])
    assert 4096 <= sum(map(len, many)) < 4096 + 256
    assert many[0] == "unknown field 0"


@pytest.mark.parametrize(("text", "header"), [
    ('unknown field "a"', '299 - "unknown field \\"a\\""'), ("a\r\nSet-Cookie: b", '299 - "a  Set-Cookie: b"'),
])  # fmt: skip
def test_a_header(text: str, header: str) -> None:
    assert warning_header(text) == header
