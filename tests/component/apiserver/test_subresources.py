"""Binding, scale, and the two forms of Events."""

from __future__ import annotations

import copy

import orjson
import pytest

from services.apiserver.handlers.api import Api, Bind
from services.apiserver.request import ListOptions
from services.objects import kinds
from services.objects.errors import (
    BadRequest,
    Conflict,
    Invalid,
    NotFound,
)
from tests.component.apiserver.words import ADMIN, MERGE, PLAIN, at, deployment, make, pod, read


async def test_binding(api: Api) -> None:
    made = await make(api, kinds.POD, pod())
    (version,) = await api.bind(ADMIN, [Bind("default", "p", made["metadata"]["uid"], "n1")], None)
    bound = await read(api, kinds.POD, "p")
    assert bound["metadata"]["resourceVersion"] == version
    assert bound["spec"]["nodeName"] == "n1"
    (condition,) = [each for each in bound["status"]["conditions"] if each["type"] == "PodScheduled"]
    assert condition["status"] == "True"
    answers = await api.bind(ADMIN, [Bind("default", "p", "", "n2"), Bind("default", "absent", "", "n1")], None)
    assert isinstance(answers[0], Conflict)
    assert 'pod p is already assigned to node "n1"' in answers[0].message
    assert isinstance(answers[1], NotFound)


async def test_binding_as_a_subresource(api: Api) -> None:
    await make(api, kinds.POD, pod())
    body = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n1"}}
    answer = await api.create(ADMIN, at(kinds.POD, "p", "binding"), copy.deepcopy(body), PLAIN)
    assert (answer.code, orjson.loads(answer.json)["status"]) == (201, "Success")
    assert (await read(api, kinds.POD, "p"))["spec"]["nodeName"] == "n1"
    with pytest.raises(Conflict):
        await api.create(ADMIN, at(kinds.BINDING), body, PLAIN)


async def test_scale(api: Api) -> None:
    await make(api, kinds.DEPLOYMENT, deployment(replicas=2))
    target = at(kinds.DEPLOYMENT, "d", "scale")
    scale = orjson.loads(await api.get(ADMIN, target))
    assert (scale["kind"], scale["apiVersion"], scale["spec"]) == ("Scale", "autoscaling/v1", {"replicas": 2})
    assert scale["status"]["selector"] == "app=d"
    scale["spec"]["replicas"] = 5
    answer = orjson.loads((await api.update(ADMIN, target, copy.deepcopy(scale), PLAIN)).json)
    assert answer["spec"] == {"replicas": 5}
    with pytest.raises(Conflict):
        await api.update(ADMIN, target, scale, PLAIN)
    await api.patch(ADMIN, target, MERGE, b'{"spec":{"replicas":0}}', False, PLAIN)
    assert (await read(api, kinds.DEPLOYMENT, "d"))["spec"]["replicas"] == 0
    with pytest.raises(Invalid, match="must be greater than or equal to 0"):
        await api.patch(ADMIN, target, MERGE, b'{"spec":{"replicas":-1}}', False, PLAIN)
    for wrong in ({"spec": {"replicas": "many"}}, {"kind": "Deployment"}, {"metadata": {"name": "other"}},
                  {"apiVersion": "apps/v1"}, {"metadata": {"namespace": "kube-system"}}):  # fmt: skip
        with pytest.raises(BadRequest):
            await api.update(ADMIN, target, wrong, PLAIN)


async def test_events_have_two_forms_and_one_storage(api: Api) -> None:
    event = {"metadata": {"name": "e"}, "involvedObject": {"kind": "Pod", "namespace": "default", "name": "p"},
             "reason": "Started", "message": "it runs", "type": "Normal"}  # fmt: skip
    await make(api, kinds.EVENT, event)
    other = orjson.loads(await api.get(ADMIN, at(kinds.EVENTS_EVENT, "e")))
    assert other["apiVersion"] == "events.k8s.io/v1"
    assert (other["note"], other["regarding"]["name"]) == ("it runs", "p")
    selected = await api.list(ADMIN, at(kinds.EVENTS_EVENT), ListOptions(field_selector="regarding.name=p"))
    assert len(selected.items) == 1
    assert len((await api.list(ADMIN, at(kinds.EVENT), ListOptions(field_selector="involvedObject.name=q"))).items) == 0
    newer = {"metadata": {"name": "n"}, "eventTime": "2026-01-02T03:04:05.000000Z", "reportingController": "c.d/x",
             "reportingInstance": "i", "action": "Act", "reason": "Because", "type": "Normal", "note": "said",
             "regarding": {"kind": "Pod", "namespace": "default", "name": "p"}}  # fmt: skip
    await make(api, kinds.EVENTS_EVENT, newer)
    assert (await read(api, kinds.EVENT, "n"))["message"] == "said"
    await api.patch(ADMIN, at(kinds.EVENTS_EVENT, "n"), MERGE, b'{"metadata":{"labels":{"a":"b"}}}', False, PLAIN)
    assert (await read(api, kinds.EVENT, "n"))["metadata"]["labels"] == {"a": "b"}
