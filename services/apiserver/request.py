"""What a request is once a face (REST or gRPC) has understood it. Handlers know nothing of HTTP or gRPC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.objects.kinds.kind import Kind
from services.storage.store import Fence


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated user."""

    name: str
    groups: frozenset[str] = frozenset()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def node(self) -> str:
        """The node whose agent this is, "" for everybody else."""
        prefix = "system:node:"
        return self.name[len(prefix):] if "system:nodes" in self.groups and self.name.startswith(prefix) else ""


class Target(NamedTuple):
    """Which object or collection; namespace "" is cluster scope or all namespaces; name "" is the collection."""

    kind: Kind
    namespace: str = ""
    name: str = ""
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class WriteOptions:
    dry_run: bool = False
    field_manager: str = ""
    field_validation: str = "Warn"  # Ignore, Warn, Strict
    fence: Fence | None = None
    duplicates: tuple[str, ...] = ()  # what the body's text says twice: `duplicate field "spec.replicas"`
    agent: str = ""  # the User-Agent: who writes when there is no field_manager


@dataclass(frozen=True, slots=True)
class ListOptions:
    """`resource_version` and `match` as in the API: "" is the most recent, "0" any, N not older than or Exact."""

    label_selector: str = ""
    field_selector: str = ""
    limit: int = 0
    continue_: str = ""
    resource_version: str = ""
    match: str = ""


@dataclass(frozen=True, slots=True)
class WatchOptions:
    label_selector: str = ""
    field_selector: str = ""
    resource_version: str = ""
    match: str = ""
    allow_bookmarks: bool = False
    send_initial_events: bool | None = None
    timeout: float | None = None  # seconds


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    grace_period: int | None = None  # seconds
    propagation: str = ""  # Background, Foreground, Orphan
    uid: str = ""
    resource_version: str = ""
    orphan_dependents: bool | None = None
