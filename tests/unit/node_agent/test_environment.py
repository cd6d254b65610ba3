from __future__ import annotations

import base64
from typing import Any

import pytest

from services.node_agent.pods.downward import ConfigError, Surroundings, field_value, resource_value
from services.node_agent.pods.environment import environment, expand, needs, service_variables

POD: dict[str, Any] = {
    "metadata": {"name": "web", "namespace": "shop", "uid": "u1", "labels": {"app": "x", "tier": 'a"b'},
                 "annotations": {"note": "two\nlines"}},
    "spec": {"nodeName": "n1", "containers": [{"name": "main"}]},
}  # fmt: skip
AROUND = Surroundings("192.0.2.1", "10.244.0.5", {"cpu": "2", "memory": "1Gi"})


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$(A)", "1"), ("x$(A)y", "x1y"), ("$$(A)", "$(A)"), ("$(B)", "$(B)"), ("$", "$"), ("a$b", "a$b"),
        ("$(A", "$(A"), ("$$$(A)", "$1"), ("$(A)$(A)", "11"), ("", ""), ("100$", "100$"), ("$$", "$"),
    ],
)  # fmt: skip
def test_expansion(text: str, expanded: str) -> None:
    assert expand(text, {"A": "1"}) == expanded


def composed(container: dict[str, Any], **found: Any) -> dict[str, str]:
    objects = {tuple(key.split("_", 1)): value for key, value in found.items()}
    lines = environment(POD, {"name": "main", **container}, AROUND, objects, [])  # type: ignore[arg-type]
    return dict(line.split("=", 1) for line in lines)


def test_later_variables_see_earlier_ones() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)$(C)"}, {"name": "C", "value": "2"}]
    assert composed({"env": env}) == {"A": "1", "B": "1$(C)", "C": "2"}


def test_every_source() -> None:
    secret = {"data": {"key": base64.b64encode(b"hidden").decode()}}
    container = {
        "envFrom": [{"prefix": "P_", "configMapRef": {"name": "m"}}, {"secretRef": {"name": "s"}}],
        "env": [
            {"name": "FROM_MAP", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "a"}}},
            {"name": "FROM_SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "key"}}},
            {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
            {"name": "NOT", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "zz", "optional": True}}},
        ],
    }
    env = composed(container, ConfigMap_m={"data": {"a": "1", "b": "2"}}, Secret_s=secret)
    assert env == {"P_a": "1", "P_b": "2", "key": "hidden", "FROM_MAP": "1", "FROM_SECRET": "hidden",
                   "IP": "10.244.0.5", "CPU": "2"}  # fmt: skip
    assert needs(container) == {("ConfigMap", "m"), ("Secret", "s")}


@pytest.mark.parametrize(
    ("container", "found", "message"),
    [
        ({"envFrom": [{"configMapRef": {"name": "m"}}]}, {}, 'configmap "m" not found'),
        ({"envFrom": [{"secretRef": {"name": "s"}}]}, {}, 'secret "s" not found'),
        ({"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "k"}}}]},
         {"ConfigMap_m": {"data": {}}}, "couldn't find key k in ConfigMap shop/m"),
        ({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]},
         {"Secret_s": {}}, "couldn't find key k in Secret shop/s"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(container: dict[str, Any], found: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        composed(container, **found)
    assert str(error.value) == message


def test_optional_sources_may_be_missing() -> None:
    assert composed({"envFrom": [{"configMapRef": {"name": "m", "optional": True}}]}) == {}


def test_fields_and_resources() -> None:
    assert field_value(POD, "metadata.labels['app']", AROUND) == "x"
    assert field_value(POD, "metadata.labels", AROUND) == 'app="x"\ntier="a\\"b"'
    assert field_value(POD, "metadata.annotations", AROUND) == 'note="two\\nlines"'
    assert field_value(POD, "spec.serviceAccountName", AROUND) == "default"
    with pytest.raises(ConfigError):
        field_value(POD, "spec.hostname", AROUND)
    container = {"resources": {"limits": {"memory": "64Mi"}, "requests": {"cpu": "250m"}}}
    assert resource_value(container, {"resource": "limits.memory", "divisor": "1Mi"}, AROUND) == "64"
    assert resource_value(container, {"resource": "requests.cpu"}, AROUND) == "1"
    assert resource_value(container, {"resource": "requests.cpu", "divisor": "1m"}, AROUND) == "250"
    assert resource_value(container, {"resource": "limits.cpu", "divisor": "0"}, AROUND) == "2"


def service(namespace: str, name: str, address: str = "10.96.0.1", port: str = "") -> dict[str, Any]:
    return {"metadata": {"namespace": namespace, "name": name},
            "spec": {"clusterIP": address, "ports": [{"port": 443, "name": port}]}}  # fmt: skip


def test_services_of_the_namespace_and_the_apiserver() -> None:
    services = [service("default", "kubernetes", port="https"), service("shop", "my-db"), service("other", "far"),
                service("shop", "headless", "None")]  # fmt: skip
    variables = service_variables(POD, services)
    assert variables["KUBERNETES_SERVICE_HOST"] == "10.96.0.1"
    assert variables["KUBERNETES_SERVICE_PORT_HTTPS"] == "443"
    assert variables["MY_DB_PORT_443_TCP_ADDR"] == "10.96.0.1"
    assert variables["MY_DB_PORT"] == "tcp://10.96.0.1:443"
    assert not [name for name in variables if name.startswith(("FAR", "HEADLESS"))]
    alone = {**POD, "spec": {**POD["spec"], "enableServiceLinks": False}}
    assert not [name for name in service_variables(alone, services) if name.startswith("MY_DB")]
