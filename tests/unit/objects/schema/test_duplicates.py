import time

import orjson
import pytest

from services.objects.schema import duplicate_fields
from services.objects.schema.duplicates import in_order
from services.objects.wire import json


@pytest.mark.parametrize(("text", "messages"), [
    (b'{"a": 1}', []),
    (b'{"a": 1, "a": 2}', ['duplicate field "a"']),
    (b'{"a" : 1, "a": 2}', ['duplicate field "a"']),
    (b'{"a"\n: 1, "b": {"a"\t: 1}}', []),
    (b'{"spec": {"x": 1, "x": 2, "x": 3}}', ['duplicate field "spec.x"']),
    (b'{"spec": {"list": [{"c": 1}, {"c": 1, "c": 2}]}}', ['duplicate field "spec.list[1].c"']),
    (b'{"a": "text with \\": inside"}', []),
    (b'{"a": "\\":", "b": {"k": 1, "k": 1}}', ['duplicate field "b.k"']),
    (b'{"a": "\\u0022:", "k": 1, "k": 1}', ['duplicate field "k"']),
    (b'{"a": "\\"\\u003a", "k": 1, "k": 1}', ['duplicate field "k"']),
    (b'{"a": {"b": 1}, "a": {"b": 1}}', ['duplicate field "a"']),
    (b'[]', []),
    (b'{"a\xff": 1, "a\xff": 2}', ['duplicate field "a\ufffd"']),
    (rb'{"a\ud800": "\udfff", "a\ud800": 2}', ['duplicate field "a\ufffd"']),
])  # fmt: skip
def test_duplicate_fields(text, messages):
    assert list(duplicate_fields(text, json.load(text))) == messages


def test_no_more_than_a_hundred_are_told() -> None:
    text = b"{" + b",".join(b'"k%d":1,"k%d":2' % (n, n) for n in range(300)) + b"}"
    assert len(duplicate_fields(text, orjson.loads(text))) == 100


def test_they_stand_among_the_unknown_ones_as_in_the_text() -> None:
    text = (b'{"spec":{"unknown1":1,"twice":1,"twice":2,"paused":true,"paused":false,"containers":['
            b'{"nested":{"a":1,"a":2},"image":"a","image":"b"}]}}')  # fmt: skip
    unknown = ['unknown field "spec.unknown1"', 'unknown field "spec.twice"',
               'unknown field "spec.containers[0].nested"']  # fmt: skip
    assert in_order(duplicate_fields(text, orjson.loads(text)), unknown) == [
        'unknown field "spec.unknown1"', 'unknown field "spec.twice"', 'duplicate field "spec.paused"',
        'unknown field "spec.containers[0].nested"', 'duplicate field "spec.containers[0].image"',
    ]  # fmt: skip


def test_a_long_key_costs_no_more_than_it_is_long() -> None:
    text = b'{"' + b"k" * 200_000 + b'":{' + b",".join(b'"a%d":1,"a%d":1' % (n, n) for n in range(20_000)) + b"}}"
    began = time.process_time()
    assert len(duplicate_fields(text, orjson.loads(text))) == 1  # all of them are cut to the same
    assert time.process_time() - began < 5
