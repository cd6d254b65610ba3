from __future__ import annotations

import pytest

from services.objects import endpointslices


@pytest.mark.parametrize(
    ("labels", "service"),
    [(endpointslices.labels("web", "us"), ("shop", "web")), ({"kubernetes.io/service-name": ""}, None), ({}, None),
     (None, None)],
)  # fmt: skip
def test_whose_slice_it_is(labels: dict[str, str] | None, service: tuple[str, str] | None) -> None:
    assert endpointslices.service_of({"metadata": {"name": "s", "namespace": "shop", "labels": labels}}) == service


def test_slices_bear_the_mark_of_who_writes_them() -> None:
    assert endpointslices.labels("web", "us") == {
        "kubernetes.io/service-name": "web", "endpointslice.kubernetes.io/managed-by": "us"}  # fmt: skip
