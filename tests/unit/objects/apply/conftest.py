from __future__ import annotations

import pytest

from services.foundation import definitions
from services.objects.apply import View
from services.objects.schema.shapes import Shape, Shapes


@pytest.fixture(scope="session")
def shapes() -> Shapes:
    return Shapes(definitions.load())


@pytest.fixture(scope="session")
def pod(shapes: Shapes) -> Shape:
    return shapes.definition("io.k8s.api.core.v1.Pod")


@pytest.fixture(scope="session")
def service(shapes: Shapes) -> Shape:
    return shapes.definition("io.k8s.api.core.v1.Service")


@pytest.fixture(scope="session")
def deployment(shapes: Shapes) -> Shape:
    return shapes.definition("io.k8s.api.apps.v1.Deployment")


@pytest.fixture(scope="session")
def deployments(deployment: Shape) -> View:
    return View("apps/v1", deployment)
