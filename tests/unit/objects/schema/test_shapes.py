"""What is owned whole and what item by item: facts of Kubernetes' types."""

from __future__ import annotations

from typing import Any

import pytest

from services.foundation import definitions
from services.objects.schema.shapes import ATOMIC, DEDUCED, Shape, Shapes


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    return Shapes(definitions.load())


def at(shapes: Shapes, definition: str, path: str) -> Shape:
    """`*` steps into the items of a list, or the values of a map."""
    shape = shapes.definition(f"io.k8s.{definition}")
    for step in path.split("."):
        found = (shape.items if shape.list_type else shape.element) if step == "*" else shape.fields[step]
        assert found is not None
        shape = found
    return shape


@pytest.mark.parametrize(("definition", "path", "keys"), [
    ("api.core.v1.PodSpec", "containers", ("name",)),
    ("api.core.v1.PodSpec", "containers.*.ports", ("containerPort", "protocol")),
    ("api.core.v1.PodSpec", "containers.*.env", ("name",)),
    ("api.core.v1.PodSpec", "containers.*.volumeMounts", ("mountPath",)),
    ("api.core.v1.PodSpec", "containers.*.volumeDevices", ("devicePath",)),
    ("api.core.v1.PodSpec", "volumes", ("name",)),
    ("api.core.v1.PodSpec", "imagePullSecrets", ("name",)),
    ("api.core.v1.PodSpec", "hostAliases", ("ip",)),
    ("api.core.v1.PodSpec", "topologySpreadConstraints", ("topologyKey", "whenUnsatisfiable")),
    ("api.core.v1.PodStatus", "conditions", ("type",)),
    ("api.core.v1.PodStatus", "podIPs", ("ip",)),
    ("api.core.v1.ServiceSpec", "ports", ("port", "protocol")),
    ("api.core.v1.ServiceAccount", "secrets", ("name",)),
    ("apimachinery.pkg.apis.meta.v1.ObjectMeta", "ownerReferences", ("uid",)),
    ("api.apps.v1.DeploymentStatus", "conditions", ("type",)),
    ("api.admissionregistration.v1.ValidatingWebhookConfiguration", "webhooks", ("name",)),
])  # fmt: skip
def test_lists_of_named_items(shapes: Shapes, definition: str, path: str, keys: tuple[str, ...]) -> None:
    shape = at(shapes, definition, path)
    assert (shape.list_type, shape.keys) == ("map", keys)


@pytest.mark.parametrize(("definition", "path", "list_type"), [
    ("apimachinery.pkg.apis.meta.v1.ObjectMeta", "finalizers", "set"),
    ("api.core.v1.NodeSpec", "podCIDRs", "set"),
    ("api.core.v1.PodSpec", "tolerations", "atomic"),
    ("api.core.v1.PodSpec", "containers.*.command", "atomic"),
    ("api.core.v1.PodSpec", "containers.*.envFrom", "atomic"),
    ("api.core.v1.ServiceSpec", "externalIPs", "atomic"),
    ("api.networking.v1.IngressSpec", "rules", "atomic"),
    ("api.rbac.v1.Role", "rules", "atomic"),
    ("api.autoscaling.v2.HorizontalPodAutoscalerSpec", "metrics", "atomic"),
])  # fmt: skip
def test_other_lists(shapes: Shapes, definition: str, path: str, list_type: str) -> None:
    assert at(shapes, definition, path).list_type == list_type


@pytest.mark.parametrize(("definition", "path", "map_type"), [
    ("apimachinery.pkg.apis.meta.v1.ObjectMeta", "labels", "granular"),
    ("api.core.v1.ConfigMap", "data", "granular"),
    ("api.core.v1.PodSpec", "containers.*.resources.limits", "granular"),
    ("api.core.v1.ServiceSpec", "selector", "atomic"),
    ("api.core.v1.PodSpec", "nodeSelector", "atomic"),
    ("api.apps.v1.DeploymentSpec", "selector", "atomic"),
    ("api.core.v1.PodSpec", "containers.*.env.*.valueFrom.secretKeyRef", "atomic"),
    ("api.core.v1.ObjectReference", "name", ""),
])  # fmt: skip
def test_maps_and_structs(shapes: Shapes, definition: str, path: str, map_type: str) -> None:
    assert at(shapes, definition, path).map_type == map_type


@pytest.mark.parametrize(("definition", "path", "scalar"), [
    ("api.apps.v1.DeploymentSpec", "replicas", "numeric"),
    ("api.apps.v1.DeploymentSpec", "paused", "boolean"),
    ("api.core.v1.PodSpec", "containers.*.image", "string"),
    ("api.core.v1.Secret", "data.*", "string"),
    ("api.core.v1.PodSpec", "containers.*.resources.limits.*", "untyped"),
    ("api.core.v1.ServiceSpec", "ports.*.targetPort", "untyped"),
    ("apimachinery.pkg.apis.meta.v1.ObjectMeta", "creationTimestamp", "untyped"),
])  # fmt: skip
def test_scalars(shapes: Shapes, definition: str, path: str, scalar: str) -> None:
    assert at(shapes, definition, path).scalar == scalar


def test_protocols_are_tcp_unless_said_otherwise(shapes: Shapes) -> None:
    assert at(shapes, "api.core.v1.ServiceSpec", "ports").key_defaults == {"protocol": "TCP"}
    assert at(shapes, "api.core.v1.PodSpec", "ephemeralContainers.*.ports").key_defaults == {"protocol": "TCP"}


def test_what_takes_anything_is_owned_whole(shapes: Shapes) -> None:
    assert at(shapes, "api.apps.v1.ControllerRevision", "data") is ATOMIC


def test_types_that_hold_themselves(shapes: Shapes) -> None:
    path = "spec.versions.*.schema.openAPIV3Schema"
    outer = at(shapes, "apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition", path)
    properties = outer.fields["properties"]
    assert properties is not None
    assert properties.element is outer


@pytest.mark.parametrize("schema", [
    {"x-kubernetes-preserve-unknown-fields": True},
    {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
])  # fmt: skip
def test_schemas_that_say_nothing(shapes: Shapes, schema: Any) -> None:
    shape = shapes.custom(schema)
    assert shape.fields["spec"] is DEDUCED
    metadata = shape.fields["metadata"]
    assert metadata is not None
    assert metadata.struct


def test_unknown_fields_are_kept_below_who_says_so(shapes: Shapes) -> None:
    inner = {"type": "object", "properties": {"known": {"type": "object"}}}
    shape = shapes.custom({"type": "object", "properties": {
        "free": {**inner, "x-kubernetes-preserve-unknown-fields": True}, "strict": inner}})  # fmt: skip
    free, strict = shape.fields["free"], shape.fields["strict"]
    assert free is not None
    assert strict is not None
    assert free.fields["other"] is free.fields["known"] is DEDUCED
    assert strict.fields["other"] is None
