"""Objects as they are after decoding: what differs from these is what a test is about."""

import copy
from datetime import UTC, datetime

import pytest

from services.objects.kinds import DEPLOYMENT, POD, SERVICE


def meta(name="web", **fields):
    return {"name": name, "namespace": "default", **fields}


@pytest.fixture
def make_pod():
    def make(spec=None, metadata=None, **container):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta(**(metadata or {})),
               "spec": {"containers": [{"name": "a", "image": "web:1", **container}], **copy.deepcopy(spec or {})}}
        POD.default(pod)
        return pod

    return make


@pytest.fixture
def make_deployment():
    def make(**spec):
        deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(), "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}},
                         "spec": {"containers": [{"name": "a", "image": "web:1"}]}},
            **copy.deepcopy(spec),
        }}  # fmt: skip
        DEPLOYMENT.default(deployment)
        return deployment

    return make


@pytest.fixture
def make_service():
    def make(**spec):
        service = {"apiVersion": "v1", "kind": "Service", "metadata": meta(),
                   "spec": {"ports": [{"port": 80}], **copy.deepcopy(spec)}}
        SERVICE.default(service)
        return service

    return make


@pytest.fixture
def told():
    """Causes as the message of an Invalid shows them."""
    return lambda causes: [f"{cause.field}: {cause.message}" for cause in causes]


@pytest.fixture
def row():
    """The cells of an object's line in a table."""
    return lambda kind, obj: kind.printer.row(obj, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
