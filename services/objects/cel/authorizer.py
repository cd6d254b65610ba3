"""What a caller binds to `authorizer`: a function that decides, and what it is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from services.objects.cel.types import AUTHORIZER, DECISION, RESOURCE_CHECK, Type


class Verdict(NamedTuple):
    """`error` is why it could not be decided."""

    allowed: bool
    reason: str = ""
    error: str = ""

    @property
    def cel_type(self) -> Type:
        return DECISION


class Attributes(NamedTuple):
    """What is asked. `service_account` (namespace, name) stands for the request's own user when it is None; `path` is
    set for requests of no resource; selectors are as they were written."""

    verb: str = ""
    service_account: tuple[str, str] | None = None
    path: str = ""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    field_selector: str = ""
    label_selector: str = ""


Decide = Callable[[Attributes], Verdict]


class Authorizer:
    """Bind one of these to variables of type AUTHORIZER; `resource_check` makes `authorizer.requestResource`."""

    __slots__ = ("attributes", "cel_type", "decide")

    def __init__(self, decide: Decide, attributes: Attributes | None = None, cel_type: Type = AUTHORIZER) -> None:
        self.decide = decide
        self.attributes = attributes or Attributes()
        self.cel_type = cel_type

    def with_(self, cel_type: Type | None = None, **attributes: Any) -> Authorizer:
        return Authorizer(self.decide, self.attributes._replace(**attributes), cel_type or self.cel_type)

    def resource_check(self, attributes: Attributes) -> Authorizer:
        return Authorizer(self.decide, attributes, RESOURCE_CHECK)
