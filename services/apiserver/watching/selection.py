"""What a reader of a collection wants of it: a namespace, a name, labels, fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from services.apiserver.request import Target
from services.apiserver.watching.item import Item
from services.objects import selectors
from services.objects.kinds.kind import Kind


@dataclass(frozen=True, slots=True)
class Selection:
    """Hashable, so that watchers with the same wishes share the work."""

    kind: Kind
    namespace: str = ""
    name: str = ""
    label_selector: str = ""
    field_selector: str = ""

    @property
    def selective(self) -> bool:
        """Whether labels or fields are asked for."""
        return bool(self.label_selector or self.field_selector)

    def matcher(self) -> Callable[[Item], bool]:
        """Raises BadRequest for a selector that cannot be parsed or a field that is not selectable."""
        checks: list[Callable[[Item], bool]] = []
        if self.namespace:
            checks.append(lambda item, namespace=self.namespace: item.namespace == namespace)  # type: ignore[misc]
        if self.name:
            checks.append(lambda item, name=self.name: item.name == name)  # type: ignore[misc]
        if self.label_selector:
            labels = selectors.parse_label(self.label_selector)
            checks.append(lambda item: labels.matches(item.labels))
        if self.field_selector:
            checks.append(self._fields())
        if not checks:
            return lambda item: True
        if len(checks) == 1:
            return checks[0]
        return lambda item: all(check(item) for check in checks)

    def route(self) -> tuple[str, str] | None:
        """A field that has the same value in all that is selected, with that value: the one that tells most apart."""
        if self.name:
            return "metadata.name", self.name
        if self.field_selector:
            parsed = self._parsed_fields()
            # Other fields of a converted kind have other names in what is stored.
            stored = self.kind.fields if self.kind.stored_as is None else ()
            for path in ("metadata.name", "spec.nodeName", *stored):
                value = parsed.exact(path) if path == "metadata.name" or path in stored else None
                if value is not None:
                    return path, value
        return ("metadata.namespace", self.namespace) if self.namespace else None

    def _parsed_fields(self) -> selectors.FieldSelector:
        supported = {"metadata.name", "metadata.namespace", *self.kind.fields}
        return selectors.parse_field(self.field_selector, supported)

    def _fields(self) -> Callable[[Item], bool]:
        kind = self.kind
        parsed = self._parsed_fields()
        if kind.stored_as is None:
            return lambda item: parsed.matches(item.field)

        def matches(item: Item) -> bool:
            obj = orjson.loads(item.view(kind, kind.from_stored))

            def field(path: str) -> str:
                getter = kind.fields.get(path)
                return getter(obj) if getter else item.field(path)

            return parsed.matches(field)

        return matches


def selection_of(target: Target, label_selector: str, field_selector: str) -> Selection:
    return Selection(target.kind, target.namespace, target.name, label_selector, field_selector)
