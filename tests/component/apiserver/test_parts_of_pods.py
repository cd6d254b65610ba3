"""What may be changed of a pod by a door of its own: ephemeral containers, resources; and a namespace's finalizers."""

from __future__ import annotations

import json
from typing import Any

import pytest

PODS = "/api/v1/namespaces/default/pods"
STRATEGIC = {"Content-Type": "application/strategic-merge-patch+json"}


@pytest.fixture
async def pod(rest: Any) -> Any:
    container = {"name": "web", "image": "nginx:1", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}
    code, made = await rest("POST", PODS, {"metadata": {"name": "web"}, "spec": {"containers": [container]}})
    assert code == 201
    return made


async def patch(rest: Any, door: str, spec: Any) -> tuple[int, Any]:
    code, answer = await rest("PATCH", f"{PODS}/web/{door}", data=json.dumps({"spec": spec}), headers=STRATEGIC)
    return code, answer


async def test_ephemeral_containers_come_and_stay(rest: Any, pod: Any) -> None:
    debug = {"name": "debug", "image": "busybox", "targetContainerName": "web"}
    code, answer = await patch(rest, "ephemeralcontainers", {"ephemeralContainers": [debug], "hostname": "ignored"})
    assert code == 200, answer
    [made] = answer["spec"]["ephemeralContainers"]
    assert (made["name"], made["imagePullPolicy"], made["targetContainerName"]) == ("debug", "Always", "web")
    assert "hostname" not in answer["spec"]
    assert answer["metadata"]["generation"] == pod["metadata"]["generation"] + 1
    answer["spec"]["ephemeralContainers"] = []
    code, refused = await rest("PUT", f"{PODS}/web/ephemeralcontainers", answer)
    assert (code, refused["reason"]) == (422, "Invalid")
    assert 'existing ephemeral containers "debug" may not be removed' in refused["message"]


async def test_they_come_by_no_other_door(rest: Any, pod: Any) -> None:
    pod["spec"]["ephemeralContainers"] = [{"name": "debug", "image": "busybox"}]
    code, refused = await rest("PUT", f"{PODS}/web", pod)
    assert code == 422
    assert "pod updates may not change fields other than" in refused["message"]
    made = {"metadata": {"name": "other"}, "spec": pod["spec"]}
    code, refused = await rest("POST", PODS, made)
    assert code == 422
    assert "spec.ephemeralContainers: Forbidden: cannot be set on create" in refused["message"]


async def test_a_pod_is_resized(rest: Any, pod: Any) -> None:
    bigger = {"containers": [{"name": "web", "image": "other:2", "resources": {"requests": {"cpu": "200m"}}}]}
    code, answer = await patch(rest, "resize", bigger)
    assert code == 200, answer
    [container] = answer["spec"]["containers"]
    assert container["resources"]["requests"] == {"cpu": "200m", "memory": "64Mi"}
    assert container["image"] == "nginx:1"
    assert answer["metadata"]["generation"] == pod["metadata"]["generation"] + 1
    code, refused = await rest("PUT", f"{PODS}/web/resize", {**answer, "spec": {
        **answer["spec"], "containers": [{**container, "resources": {}}]}})
    assert code == 422
    assert "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed" in refused["message"]
    assert "Pod QOS Class may not change as a result of resizing" in refused["message"]


async def test_a_namespace_lets_go_by_finalize_alone(rest: Any) -> None:
    code, made = await rest("POST", "/api/v1/namespaces", {"metadata": {"name": "team"}})
    assert made["spec"]["finalizers"] == ["kubernetes"]
    made["spec"]["finalizers"] = []
    code, kept = await rest("PUT", "/api/v1/namespaces/team", made)
    assert (code, kept["spec"]["finalizers"]) == (200, ["kubernetes"])
    kept["spec"]["finalizers"] = ["hold"]
    code, refused = await rest("PUT", "/api/v1/namespaces/team/finalize", kept)
    assert code == 422
    assert 'spec.finalizers[0]: Invalid value: "hold": name is neither a standard finalizer name' in refused["message"]
    kept["spec"]["finalizers"] = []
    code, free = await rest("PUT", "/api/v1/namespaces/team/finalize", kept)
    assert (code, free["spec"].get("finalizers")) == (200, None)


async def test_components_are_told_of(rest: Any, store: Any) -> None:
    from services.storage import keys
    from services.storage.store import Put

    await store.commit(Put(keys.election("scheduler") + "1", b"{}", 0))
    code, listing = await rest("GET", "/api/v1/componentstatuses")
    assert (code, listing["kind"]) == (200, "ComponentStatusList")
    told = {item["metadata"]["name"]: item["conditions"][0]["status"] for item in listing["items"]}
    assert told == {"scheduler": "True", "controller-manager": "False", "etcd-0": "True"}
    code, one = await rest("GET", "/api/v1/componentstatuses/etcd-0")
    assert (code, one["conditions"]) == (200, [{"type": "Healthy", "status": "True", "message": "ok"}])
    assert (await rest("GET", "/api/v1/componentstatuses/nope"))[0] == 404
    assert (await rest("DELETE", "/api/v1/componentstatuses/etcd-0"))[0] == 405
    code, listing = await rest("GET", "/api/v1/componentstatuses?fieldSelector=metadata.name%3Detcd-0")
    assert [item["metadata"]["name"] for item in listing["items"]] == ["etcd-0"]
