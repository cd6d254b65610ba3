import copy

import pytest

from services.objects.kinds import HORIZONTALPODAUTOSCALER


@pytest.fixture
def make():
    """An autoscaler of autoscaling/v2 as it is once decoded."""

    def make(status=None, **spec):
        given = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "maxReplicas": 9}
        autoscaler = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
                      "metadata": {"name": "web", "namespace": "default"},
                      "spec": {**given, **copy.deepcopy(spec)}}  # fmt: skip
        HORIZONTALPODAUTOSCALER.default(autoscaler)
        HORIZONTALPODAUTOSCALER.prepare(autoscaler)
        return autoscaler | ({"status": copy.deepcopy(status)} if status is not None else {})

    return make
