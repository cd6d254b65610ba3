"""kubectl apply --server-side: owning, conflicts, and the way there from client-side apply and back."""

from __future__ import annotations

import copy
from typing import Any

import orjson

from tests.e2e.harness import Kubectl, eventually


def config_map(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}


def service() -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]}}  # fmt: skip


def deployment(replicas: int = 0, **container: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "main", "image": "pinnace/demo", **container}]},
        }},
    }  # fmt: skip


def applied(kubectl: Kubectl, *objects: dict[str, Any], options: tuple[str, ...] = ()) -> str:
    text = orjson.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    return kubectl("apply", "--server-side", *options, "-f", "-", stdin=text)


def refused(kubectl: Kubectl, obj: dict[str, Any], *options: str) -> str:
    done = kubectl.run("apply", "--server-side", *options, "-f", "-", stdin=orjson.dumps(obj))
    assert done.returncode == 1, done.stdout
    return done.stderr


def managers(kubectl: Kubectl, *what: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The sets of fields by manager and operation."""
    found = orjson.loads(kubectl("get", *what, "-o", "json", "--show-managed-fields"))
    return {(entry["manager"], entry["operation"]): entry["fieldsV1"]
            for entry in found["metadata"].get("managedFields", ())}  # fmt: skip


def test_the_usual_kinds(namespace: Kubectl, any_kubectl: Kubectl) -> None:
    ours = any_kubectl.within(namespace.namespace)
    objects = deployment(), service(), config_map(colour="blue")
    assert applied(ours, *objects).count("serverside-applied") == 3
    before = [namespace.get(*what.split("/"))["metadata"]["resourceVersion"] for what in ("service/web", "cm/settings")]
    applied(ours, *objects)
    after = [namespace.get(*what.split("/"))["metadata"]["resourceVersion"] for what in ("service/web", "cm/settings")]
    assert after == before
    applied(ours, config_map(size="big"))
    assert namespace.get("configmap", "settings")["data"] == {"size": "big"}
    assert managers(ours, "configmap", "settings") == {("kubectl", "Apply"): {"f:data": {"f:size": {}}}}
    fields = managers(ours, "service", "web")["kubectl", "Apply"]["f:spec"]
    assert 'k:{"port":80,"protocol":"TCP"}' in fields["f:ports"]
    assert "managedFields" not in namespace("get", "configmap", "settings", "-o", "yaml")
    assert "managedFields" in namespace("get", "configmap", "settings", "-o", "yaml", "--show-managed-fields")


def test_conflicts_are_shown_and_forced(namespace: Kubectl, any_kubectl: Kubectl) -> None:
    ours = any_kubectl.within(namespace.namespace)
    applied(ours, deployment())
    other = deployment(image="pinnace/other")
    told = refused(ours, other, "--field-manager=other")
    assert ('Apply failed with 1 conflict: conflict with "kubectl": '
            '.spec.template.spec.containers[name="main"].image') in told  # fmt: skip
    assert "--force-conflicts" in told
    applied(ours, other, options=("--field-manager=other", "--force-conflicts"))
    assert 'conflict with "other"' in refused(ours, deployment())
    # What somebody edits is his.
    namespace("scale", "deployment/web", "--replicas=1")
    told = refused(ours, deployment(image="pinnace/other"))
    assert 'conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas' in told
    namespace("scale", "deployment/web", "--replicas=0")


def test_from_client_side_to_server_side_and_back(namespace: Kubectl, any_kubectl: Kubectl) -> None:
    ours = any_kubectl.within(namespace.namespace)
    first = deployment(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                       livenessProbe={"tcpSocket": {"port": 80}})  # fmt: skip
    ours.apply(first)
    assert managers(ours, "deployment", "web") == {}
    second = deployment(env=[{"name": "A", "value": "3"}])
    applied(ours, first)
    found = managers(ours, "deployment", "web")
    assert ("kubectl", "Apply") in found
    assert ("kubectl-client-side-apply", "Update") not in found
    applied(ours, second)
    container = namespace.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]
    assert container["env"] == [{"name": "A", "value": "3"}]
    assert "livenessProbe" not in container  # the defaults of the probe go with it
    # Back: the annotation was kept up to date for exactly this.
    third = deployment(env=[{"name": "C", "value": "1"}])
    told = ours.apply(third)
    assert "configured" in told
    container = namespace.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]
    assert container["env"] == [{"name": "C", "value": "1"}]
    assert ("kubectl-client-side-apply", "Update") in managers(ours, "deployment", "web")
    assert "unchanged" in ours.apply(third)


def test_diff(namespace: Kubectl, any_kubectl: Kubectl) -> None:
    ours = any_kubectl.within(namespace.namespace)
    applied(ours, config_map(colour="blue"))
    same = ours.run("diff", "--server-side", "-f", "-", stdin=orjson.dumps(config_map(colour="blue")))
    assert (same.returncode, same.stdout) == (0, ""), same.stderr
    differs = ours.run("diff", "--server-side", "-f", "-", stdin=orjson.dumps(config_map(colour="green")))
    assert differs.returncode == 1, differs.stderr
    assert "-  colour: blue" in differs.stdout
    assert "+  colour: green" in differs.stdout
    new = {**config_map(colour="red"), "metadata": {"name": "new"}}
    assert "+  colour: red" in ours.run("diff", "--server-side", "-f", "-", stdin=orjson.dumps(new)).stdout
    assert namespace.get("configmap", "settings")["data"] == {"colour": "blue"}
    dry = copy.deepcopy(new)
    assert "serverside-applied (server dry run)" in applied(ours, dry, options=("--dry-run=server",))
    assert "NotFound" in namespace.run("get", "configmap", "new").stderr


def test_wrong_configurations(namespace: Kubectl) -> None:
    wrong = deployment()
    wrong["spec"]["replica"] = 1
    told = refused(namespace, wrong, "--validate=false")
    assert "failed to create typed patch object" in told
    assert ".spec.replica: field not declared in schema" in told
    twice = deployment(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}])
    assert 'duplicate entries for key [name="A"]' in refused(namespace, twice)


def test_custom_resources(namespace: Kubectl, any_kubectl: Kubectl) -> None:
    ours = any_kubectl.within(namespace.namespace)
    part = {"type": "object", "required": ["id"],
            "properties": {"id": {"type": "string"}, "size": {"type": "integer"}}}  # fmt: skip
    spec = {"type": "object", "properties": {"parts": {
        "type": "array", "items": part, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"]}}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "machines.apply.example.com"},
        "spec": {"group": "apply.example.com", "scope": "Namespaced",
                 "names": {"plural": "machines", "kind": "Machine"}, "versions": [
                     {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
                         "type": "object", "properties": {"spec": spec}}}}]},
    }  # fmt: skip

    def machine(*parts: dict[str, Any]) -> dict[str, Any]:
        return {"apiVersion": "apply.example.com/v1", "kind": "Machine", "metadata": {"name": "m"},
                "spec": {"parts": list(parts)}}  # fmt: skip

    try:
        applied(ours, definition)
        namespace("wait", "--for=condition=Established", "crd/machines.apply.example.com", "--timeout=30s")
        assert "serverside-applied" in eventually(
            lambda: ours.run("apply", "--server-side", "-f", "-", stdin=orjson.dumps(machine({"id": "a"}))).stdout,
            within=20)  # fmt: skip
        applied(ours, machine({"id": "b", "size": 1}), options=("--field-manager=other",))
        assert 'conflict with "other": .spec.parts[id="b"].size' in refused(ours, machine({"id": "b", "size": 2}))
        applied(ours, machine())
        assert namespace.get("machines", "m")["spec"]["parts"] == [{"id": "b", "size": 1}]
    finally:
        namespace("delete", "crd", "machines.apply.example.com", "--timeout=60s")
