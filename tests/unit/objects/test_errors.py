from __future__ import annotations

from services.objects.errors import NotFound


def test_a_path_that_is_not_served_has_details_too() -> None:
    """kubectl debug and others read status.details.name of a 404 unasked, and crash where there are none."""
    assert NotFound.path().status()["details"] == {}


def test_an_object_that_is_missing_is_named() -> None:
    status = NotFound.object("apps", "deployments", "web").status()
    assert status["details"] == {"name": "web", "group": "apps", "kind": "deployments"}
    assert status["message"] == 'deployments.apps "web" not found'
