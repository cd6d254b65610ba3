from __future__ import annotations

import pytest

from services.apiserver.rest.negotiation import negotiate
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
     "json", "PartialObjectMetadataList", "v1"),
    ("application/vnd.kubernetes.protobuf, */*", "json", "", ""),
    ("application/yaml;q=0.5, application/json", "json", "", ""),
    ("application/json;q=0, application/yaml", "yaml", "", ""),
])  # fmt: skip
def test_the_first_acceptable_form_wins(accept: str, media: str, transform: str, version: str) -> None:
    form = negotiate(accept)
    assert (form.media, form.transform, form.version) == (media, transform, version)


@pytest.mark.parametrize("accept", ["application/vnd.kubernetes.protobuf", "text/html", "application/json;q=0"])
def test_nothing_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        negotiate(accept)
