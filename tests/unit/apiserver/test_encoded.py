"""What is made of an object once is not made again."""

from __future__ import annotations

import orjson

from services.apiserver.rest.encoded import Encodings
from services.objects.wire import protobuf


def json_of(name: str) -> bytes:
    return orjson.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"x": "y" * 500}})


def test_an_object_is_encoded_once() -> None:
    encodings, json = Encodings(), json_of("a")
    first = encodings.of(json)
    assert encodings.of(json) is first
    assert protobuf.decode(first.body) == orjson.loads(json)
    assert encodings.of(json_of("b")) is not first


def test_what_is_kept_is_bounded_and_the_most_recently_used_stays() -> None:
    encodings = Encodings(limit=5000)
    texts = [json_of(f"c{number}") for number in range(20)]
    first = encodings.of(texts[0])
    for text in texts[1:]:
        encodings.of(text)
        assert encodings.of(texts[0]) is first
    assert 1 < len(encodings) < 6
    large = Encodings(limit=1)
    for text in texts[:3]:
        large.of(text)
    assert len(large) == 1
