import orjson
import pytest

from services.objects.schema import duplicate_fields


@pytest.mark.parametrize(("text", "messages"), [
    (b'{"a": 1}', []),
    (b'{"a": 1, "a": 2}', ['duplicate field "a"']),
    (b'{"a" : 1, "a": 2}', ['duplicate field "a"']),
    (b'{"a"\n: 1, "b": {"a"\t: 1}}', []),
    (b'{"spec": {"x": 1, "x": 2, "x": 3}}', ['duplicate field "spec.x"', 'duplicate field "spec.x"']),
    (b'{"spec": {"list": [{"c": 1}, {"c": 1, "c": 2}]}}', ['duplicate field "spec.list[1].c"']),
    (b'{"a": "text with \\": inside"}', []),
    (b'{"a": "\\":", "b": {"k": 1, "k": 1}}', ['duplicate field "b.k"']),
    (b'{"a": "\\u0022:", "k": 1, "k": 1}', ['duplicate field "k"']),
    (b'{"a": "\\"\\u003a", "k": 1, "k": 1}', ['duplicate field "k"']),
    (b'{"a": {"b": 1}, "a": {"b": 1}}', ['duplicate field "a"']),
    (b'[]', []),
])  # fmt: skip
def test_duplicate_fields(text, messages):
    assert duplicate_fields(text, orjson.loads(text)) == messages
