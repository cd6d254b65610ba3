from __future__ import annotations

import pytest

from services.apiserver.rest.negotiation import negotiate, of_errors
from services.objects.errors import NotAcceptable

TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"


@pytest.mark.parametrize(("accept", "media", "transform", "version"), [
    ("", "json", "", ""),
    ("*/*", "json", "", ""),
    ("application/json", "json", "", ""),
    ("application/yaml", "yaml", "", ""),
    (f"{TABLE},application/json;as=Table;g=meta.k8s.io;v=v1beta1,application/json", "json", "Table", "v1"),
    ("application/json;as=Table;g=meta.k8s.io;v=v1beta1,application/json", "json", "Table", "v1beta1"),
    ("application/json;as=Table;g=other;v=v1,application/json", "json", "", ""),
    ("application/json;as=Table;g=meta.k8s.io;v=v9, application/json", "json", "", ""),
    ("application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,"
     "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
     "protobuf", "PartialObjectMetadataList", "v1"),
    ("application/vnd.kubernetes.protobuf, */*", "protobuf", "", ""),
    ("application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1,application/json", "json", "", ""),
    ("application/yaml;q=0.5, application/json", "json", "", ""),
    ("application/json;q=0, application/yaml", "yaml", "", ""),
])  # fmt: skip
def test_the_first_acceptable_form_wins(accept: str, media: str, transform: str, version: str) -> None:
    form = negotiate(accept, protobuf=True)
    assert (form.media, form.transform, form.version) == (media, transform, version)


@pytest.mark.parametrize(("accept", "media"), [
    ("application/vnd.kubernetes.protobuf,application/json", "json"),
    ("application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", "protobuf"),
])  # fmt: skip
def test_a_custom_resource_has_no_form_in_protobuf_but_its_metadata_has(accept: str, media: str) -> None:
    assert negotiate(accept).media == media


@pytest.mark.parametrize("accept", ["application/vnd.kubernetes.protobuf", "text/html", "application/json;q=0"])
def test_nothing_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        negotiate(accept)


@pytest.mark.parametrize(("accept", "content_type"), [
    ("", "application/json"), ("text/html", "application/json"), ("application/yaml", "application/yaml"),
    ("application/vnd.kubernetes.protobuf,application/json", "application/vnd.kubernetes.protobuf"),
    ("application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
     "application/vnd.kubernetes.protobuf"),
    ("application/json;as=APIGroupDiscoveryList;g=apidiscovery.k8s.io;v=v2", "application/json"),
])  # fmt: skip
def test_a_status_comes_in_the_form_of_the_request(accept: str, content_type: str) -> None:
    form = of_errors(accept)
    assert (form.content_type, form.transform) == (content_type, "")
