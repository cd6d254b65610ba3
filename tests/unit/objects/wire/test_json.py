"""JSON texts at their edges."""

import pytest

from services.objects.wire import json


@pytest.mark.parametrize(("text", "value"), [
    (b'{"a": [1, 2.5, true, null]}', {"a": [1, 2.5, True, None]}),
    (rb'"\ud83d\ude00"', "\U0001f600"), (rb'"a\ud83d"', "a\ufffd"), (rb'"\ude00\ud83d"', "\ufffd\ufffd"),
    (rb'"\\ud83d"', r"\ud83d"), (rb'"\\\ud83d"', "\\\ufffd"), (rb'{"\uD800": "\n\u00e9"}', {"\ufffd": "\n\u00e9"}),
    (b'"a\xffb"', "a\ufffdb"), (b"[" * 200 + b"]" * 200, None), (b'"' + b"[" * 500 + b'"', "[" * 500),
])  # fmt: skip
def test_what_is_read(text, value):
    found = json.load(text)
    assert value is None or found == value


@pytest.mark.parametrize(("text", "message"), [
    (b"", "unexpected end of JSON input"), (b"[" * 201 + b"]" * 201, "exceeded max depth"),
    (b'{"a":' * 5000, "depth limit exceeded"), (b"NaN", "unexpected character"),
    (b"[Infinity]", "unexpected character"), (b"1e999", "number is infinity"), (b"{'a': 1}", "unexpected character"),
    (b"\xef\xbb\xbf{}", "byte order mark"),
    (rb'"\ud8"', "invalid"), (b"{}{}", "unexpected content"),
])  # fmt: skip
def test_what_is_not(text, message):
    with pytest.raises(json.NotJSON, match=message):
        json.load(text)
