"""Finds kinds by what requests, objects and references name them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.objects.errors import BadRequest
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj


class Registry:
    """All kinds a process serves. Custom resources are added and removed while it runs; built-in ones stay.

    `generation` moves with every addition and removal: what is made of all kinds is made again.
    """

    def __init__(self, kinds: Iterable[Kind] = ()) -> None:
        self.generation = 0
        self._by_resource: dict[tuple[str, str, str], Kind] = {}
        self._by_gvk: dict[tuple[str, str, str], Kind] = {}
        self._by_type: dict[tuple[str, str], Kind] = {}
        for kind in kinds:
            self.add(kind)

    def add(self, kind: Kind) -> None:
        self.generation += 1
        self._by_resource[kind.group, kind.version, kind.plural] = kind
        self._by_gvk[kind.group, kind.version, kind.kind] = kind
        self._by_type[kind.api_version, kind.kind] = kind

    def remove(self, kind: Kind) -> None:
        self.generation += 1
        self._by_resource.pop((kind.group, kind.version, kind.plural), None)
        self._by_gvk.pop((kind.group, kind.version, kind.kind), None)
        self._by_type.pop((kind.api_version, kind.kind), None)

    def by_resource(self, group: str, version: str, plural: str) -> Kind | None:
        return self._by_resource.get((group, version, plural))

    def by_gvk(self, group: str, version: str, kind: str) -> Kind | None:
        return self._by_gvk.get((group, version, kind))

    def by_type(self, api_version: str, kind: str) -> Kind | None:
        """As ownerReferences and involvedObject name it: ("apps/v1", "Deployment")."""
        return self._by_type.get((api_version, kind))

    def of(self, obj: Obj) -> Kind:
        """The kind of an object; BadRequest when it names none that is served."""
        api_version, name = obj.get("apiVersion") or "", obj.get("kind") or ""
        kind = self._by_type.get((api_version, name))
        if kind is None:
            raise BadRequest(f'no kind "{name}" is registered for version "{api_version}"')
        return kind

    def __iter__(self) -> Iterator[Kind]:
        return iter(list(self._by_resource.values()))

    def __len__(self) -> int:
        return len(self._by_resource)
