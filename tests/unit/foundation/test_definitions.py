from services.foundation import definitions


def test_the_definitions_are_those_of_the_served_level():
    found = definitions.load()
    assert "io.k8s.api.core.v1.Pod" in found
    assert "resizePolicy" in found["io.k8s.api.core.v1.Container"]["properties"]


def test_they_are_read_once():
    assert definitions.load() is definitions.load()
