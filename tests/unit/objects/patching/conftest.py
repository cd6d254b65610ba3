from __future__ import annotations

import pytest

from services.foundation import definitions
from services.objects.schema.patch_types import PatchType

PREFIX = "#/$defs/io.k8s.api."


@pytest.fixture(scope="session")
def pod_type() -> PatchType:
    return PatchType({"$ref": PREFIX + "core.v1.Pod"}, definitions.load())


@pytest.fixture(scope="session")
def service_type() -> PatchType:
    return PatchType({"$ref": PREFIX + "core.v1.Service"}, definitions.load())


@pytest.fixture(scope="session")
def deployment_type() -> PatchType:
    return PatchType({"$ref": PREFIX + "apps.v1.Deployment"}, definitions.load())
