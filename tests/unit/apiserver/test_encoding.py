from __future__ import annotations

import orjson
import pytest

from services.apiserver.watching.encoding import encode, respliced, splice

POD = {"spec": {"template": {"metadata": {"name": "inner"}}}, "kind": "Pod", "apiVersion": "v1",
       "metadata": {"name": "p", "resourceVersion": "7"}}  # fmt: skip


def test_identity_comes_first_and_the_version_is_not_stored() -> None:
    value = encode(POD)
    assert value.startswith(b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}')
    assert POD["metadata"] == {"name": "p", "resourceVersion": "7"}


@pytest.mark.parametrize("version", [1, 255, 1 << 60])
def test_the_version_is_spliced_into_the_objects_own_metadata(version: int) -> None:
    json = splice(encode(POD), version)
    obj = orjson.loads(json)
    assert obj["metadata"] == {"resourceVersion": str(version), "name": "p"}
    assert obj["spec"] == POD["spec"]
    assert orjson.loads(respliced(json, 12))["metadata"]["resourceVersion"] == "12"
