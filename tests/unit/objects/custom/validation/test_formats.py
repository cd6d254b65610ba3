"""The formats, with what each takes and what it does not."""

from __future__ import annotations

import pytest

from services.objects.custom.validation import formats

TABLE = [
    ("bsonobjectid", ["507f1f77bcf86cd799439011"], ["507f1f77bcf86cd79943901", "z07f1f77bcf86cd799439011"]),
    ("uri", ["http://example.com", "https://a.b/c?d=%20#e", "/abs/path", "urn:x:y"],
     ["example.com", "", "http://a b", "relative/path", "http://a:port/", "http://a/%zz"]),
    ("email", ["a@b.c", "Bob <bob@example.com>"], ["a", "a@", "@b"]),
    ("hostname", ["example.com", "a", "a-b.c"], ["", "-a", "a..b", "a" * 64, "exa mple"]),
    ("ipv4", ["1.2.3.4"], ["1.2.3", "::1", "1.2.3.256"]),
    ("ipv6", ["::1", "fe80::1"], ["1.2.3.4", "fe80::1%eth0", "x"]),
    ("cidr", ["10.0.0.0/8", "::/0", "10.0.0.1/24"], ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/255.0.0.0"]),
    ("mac", ["01:23:45:67:89:ab", "01-23-45-67-89-AB", "0123.4567.89ab"], ["01:23", "01:23-45:67:89:ab"]),
    ("uuid", ["123e4567-e89b-12d3-a456-426614174000", "123E4567E89B12D3A456426614174000"], ["123e4567", "g" * 32]),
    ("uuid3", ["123e4567-e89b-32d3-a456-426614174000"], ["123e4567-e89b-42d3-a456-426614174000"]),
    ("uuid4", ["123e4567-e89b-42d3-a456-426614174000"], ["123e4567-e89b-42d3-7456-426614174000"]),
    ("uuid5", ["123e4567-e89b-52d3-b456-426614174000"], ["123e4567-e89b-12d3-b456-426614174000"]),
    ("isbn", ["0321751043", "978-0321751041"], ["0321751044"]),
    ("isbn10", ["0321751043"], ["978-0321751041"]),
    ("isbn13", ["978-0321751041"], ["0321751043"]),
    ("creditcard", ["4111-1111-1111-1111"], ["4111-1111-1111-1112", "1234"]),
    ("ssn", ["123-45-6789", "123456789"], ["123-45-678"]),
    ("hexcolor", ["#FFF", "00ff00"], ["#FFFF", "red"]),
    ("rgbcolor", ["rgb(255,0,12)", "rgb( 1, 2, 3 )"], ["rgb(256,0,0)", "rgb(1,2)"]),
    ("byte", ["aGVsbG8="], ["aGVsbG8", "%"]),
    ("password", ["anything"], []),
    ("date", ["2024-02-29"], ["2023-02-29", "2024-2-1", "20240229"]),
    ("duration", ["1h30m", "-2.5s", "0", "3 days", "22 ns"], ["1", "x", ""]),
    ("date-time", ["2024-01-01T00:00:00Z", "2024-01-01t00:00:00.5+01:00"], ["2024-01-01", "2024-01-01T24:00:00Z"]),
    ("datetime", ["2024-01-01T00:00:00Z"], ["now"]),
    ("k8s-short-name", ["a-b"], ["a.b", "A"]),
    ("k8s-long-name", ["a.b"], ["A.b"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "good", "bad"), TABLE, ids=[row[0] for row in TABLE])
def test_formats(name: str, good: list[str], bad: list[str]) -> None:
    recognise = formats.recognised(name)
    assert recognise is not None
    assert [text for text in good if not recognise(text)] == []
    assert [text for text in bad if recognise(text)] == []


@pytest.mark.parametrize("name", ["int32", "int64", "float", "double", "whatever"])
def test_what_is_no_format_is_a_comment(name: str) -> None:
    assert formats.recognised(name) is None


@pytest.mark.parametrize("name", [row[0] for row in TABLE])
def test_no_text_takes_long_or_raises(name: str) -> None:
    recognise = formats.recognised(name)
    assert recognise is not None
    for text in ("a" * 20_000, "1" * 20_000, "1." * 10_000, "(" * 5_000, "a@" * 5_000, "1h" * 10_000, "\ud800", "\0",
                 " " * 20_000,
                 "/" * 20_000, "[" * 20_000, "http://[" + ":" * 5_000, "é" * 100, "-" * 20_000):  # fmt: skip
        recognise(text)
