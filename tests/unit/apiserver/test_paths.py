from __future__ import annotations

import pytest

from services.apiserver.rest.paths import resource
from services.objects.errors import NotFound
from services.objects.kinds import KINDS


@pytest.mark.parametrize(("path", "expected"), [
    ("/api/v1/pods", ("Pod", "", "", "")),
    ("/api/v1/pods/", ("Pod", "", "", "")),
    ("/api/v1/namespaces/n/pods", ("Pod", "n", "", "")),
    ("/api/v1/namespaces/n/pods/p", ("Pod", "n", "p", "")),
    ("/api/v1/namespaces/n/pods/p/log", ("Pod", "n", "p", "log")),
    ("/api/v1/namespaces", ("Namespace", "", "", "")),
    ("/api/v1/namespaces/n", ("Namespace", "", "n", "")),
    ("/api/v1/namespaces/n/status", ("Namespace", "", "n", "status")),
    ("/api/v1/namespaces/n/finalize", ("Namespace", "", "n", "finalize")),
    ("/api/v1/nodes/n/status", ("Node", "", "n", "status")),
    ("/apis/apps/v1/namespaces/n/deployments/d/scale", ("Deployment", "n", "d", "scale")),
    ("/apis/events.k8s.io/v1/events", ("Event", "", "", "")),
    ("/api/v1/namespaces/n/configmaps/a%20b", ("ConfigMap", "n", "a b", "")),
])  # fmt: skip
def test_paths_of_resources(path: str, expected: tuple[str, str, str, str]) -> None:
    found = resource(KINDS, path)
    assert found is not None
    assert (found.target.kind.kind, *found.target[1:]) == expected


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/healthz", "/a/b/c"])
def test_paths_that_are_no_resources(path: str) -> None:
    assert resource(KINDS, path) is None


@pytest.mark.parametrize("path", [
    "/api/v1/things", "/api/v2/pods", "/apis/apps/v2/deployments", "/api/v1/namespaces/n/nodes", "/api/v1/pods/p",
    "/api/v1/namespaces//pods", "/api/v1/namespaces/n/pods//status", "/api/v1/namespaces/n/pods/p/status/x",
    "/api/v1/namespaces/n/pods/a%2Fb",
])  # fmt: skip
def test_paths_that_do_not_exist(path: str) -> None:
    with pytest.raises(NotFound):
        resource(KINDS, path)
