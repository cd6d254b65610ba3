"""What is kept, and what is not."""

import pytest

from services.objects.memo import remembered


def test_short_texts_are_answered_once_and_long_ones_each_time():
    asked = []

    @remembered(most=2, longest=3)
    def size(text: str) -> int:
        asked.append(text)
        return len(text)

    assert [size(text) for text in ("abc", "abc", "abcd", "abcd")] == [3, 3, 4, 4]
    assert asked == ["abc", "abcd", "abcd"]
    assert [size(text) for text in ("a", "b", "abc")] == [1, 1, 3]
    assert asked[3:] == ["a", "b", "abc"]


def test_what_fails_fails_again():
    @remembered()
    def number(text: str) -> int:
        return int(text)

    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            number("x")
    assert number("5") == 5
    assert number.__name__ == "number"
