import pytest

from services.objects import patterns


def test_where_a_pattern_is_found():
    assert patterns.compile("a+$").search("baa").span() == (1, 3)
    assert patterns.compile("a+$").search("ab") is None


@pytest.mark.parametrize(("pattern", "why"), [
    ("(", "error parsing regexp: missing ): ("), (r"(a)\1", r"error parsing regexp: invalid escape sequence: \1"),
    ("\ud800", "error parsing regexp: invalid UTF-8"),
])  # fmt: skip
def test_what_is_no_pattern(pattern, why):
    with pytest.raises(patterns.PatternError) as refused:
        patterns.compile(pattern)
    assert str(refused.value) == why
