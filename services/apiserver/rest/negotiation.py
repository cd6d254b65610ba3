"""Which form of an answer a client takes: JSON, YAML, or protobuf for kinds that have a form in it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from services.objects.errors import NotAcceptable
from services.objects.wire.protobuf import MEDIA_TYPE as PROTOBUF

ACCEPTED = f"application/json, application/yaml, {PROTOBUF}"


class Form(NamedTuple):
    """`transform`: "" is the object itself; Table, PartialObjectMetadata or PartialObjectMetadataList are of
    meta.k8s.io, APIGroupDiscoveryList of apidiscovery.k8s.io. `content_type` goes into the answer."""

    media: str = "json"  # json, yaml, protobuf
    transform: str = ""
    version: str = ""
    content_type: str = "application/json"


PLAIN = Form()
_TRANSFORMS = {
    "Table": ("meta.k8s.io", ("v1", "v1beta1")),
    "PartialObjectMetadata": ("meta.k8s.io", ("v1", "v1beta1")),
    "PartialObjectMetadataList": ("meta.k8s.io", ("v1", "v1beta1")),
    "APIGroupDiscoveryList": ("apidiscovery.k8s.io", ("v2", "v2beta1")),
}


@lru_cache(512)
def negotiate(accept: str, protobuf: bool = False) -> Form:
    """`protobuf` says whether the kind that is asked for has a form in it. Raises NotAcceptable."""
    if not accept or accept == "application/json" or accept == "*/*":
        return PLAIN
    for media, parameters in _by_quality(accept):
        form = _form(media, parameters, protobuf)
        if form is not None:
            return form
    raise NotAcceptable(f"only the following media types are accepted: {ACCEPTED}")


@lru_cache(512)
def of_errors(accept: str) -> Form:
    """The form of a Status; who takes none of ours gets JSON and still sees the code."""
    try:
        form = negotiate(accept, True)
    except NotAcceptable:
        return PLAIN
    return form._replace(transform="", version="", content_type=form.content_type.partition(";")[0])


def _by_quality(accept: str) -> list[tuple[str, dict[str, str]]]:
    clauses = []
    for clause in accept.split(","):
        media, *pairs = (part.strip() for part in clause.split(";"))
        parameters = {key.strip(): value.strip() for key, _, value in (pair.partition("=") for pair in pairs)}
        try:
            quality = float(parameters.pop("q", "1"))
        except ValueError:
            quality = 0.0
        if quality > 0:
            clauses.append((quality, media.lower(), parameters))
    clauses.sort(key=lambda clause: -clause[0])
    return [(media, parameters) for _, media, parameters in clauses]


def _form(media: str, parameters: dict[str, str], protobuf: bool) -> Form | None:
    if media in ("*/*", "application/*", "application/json"):
        name, content_type = "json", "application/json"
    elif media in ("application/yaml", "text/yaml"):
        name, content_type = "yaml", "application/yaml"
    elif media == PROTOBUF:
        name, content_type = "protobuf", PROTOBUF
    else:
        return None
    transform = parameters.get("as", "")
    if not transform:
        return None if name == "protobuf" and not protobuf else Form(name, content_type=content_type)
    group, versions = _TRANSFORMS.get(transform, ("", ()))
    version = parameters.get("v", "")
    if parameters.get("g") != group or version not in versions:
        return None
    if name == "protobuf" and not transform.startswith("PartialObjectMetadata"):
        return None  # tables and discovery documents have no form in it
    if transform == "APIGroupDiscoveryList":
        content_type += f";g={group};v={version};as={transform}"
    return Form(name, transform, version, content_type)
