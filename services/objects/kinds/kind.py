"""The declaration of a kind: one value that every process reads.

What differs between kinds is data and small pure functions hung on this value; what does not differ (storage, watching,
patching, discovery, printing) is written once against it. A class hierarchy per kind was rejected: it hides the
differences in overrides and cannot be made at run time from a CustomResourceDefinition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from services.objects.errors import Cause
from services.objects.meta import Obj
from services.objects.printing.printer import Column, Printer

if TYPE_CHECKING:
    from services.objects.custom.structure import Structure

__all__ = ["ALL_VERBS", "Causes", "Column", "Kind", "Printer", "Subresource"]

Causes = list[Cause]

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


class Subresource(NamedTuple):
    """`kind`, `group`, `version` and `definition` are those of the body it speaks (Scale of autoscaling/v1, Binding of
    v1, ...); a stream has no definition.

    Where that body is the object itself, of which an update here changes a part:
    take      makes the new object of a body and the object as it is (both stay as they are)
    validate  causes against that change (new, old)
    """

    name: str
    verbs: tuple[str, ...]
    kind: str
    group: str = ""
    version: str = "v1"
    definition: str = ""
    take: Callable[[Obj, Obj], Obj] | None = None
    validate: Callable[[Obj, Obj], Causes] | None = None

    @property
    def custom(self) -> None:
        """Bodies of subresources have definitions."""
        return None


def _nothing(obj: Obj) -> None:
    """No defaults, nothing to prepare."""


def _nothing_new(new: Obj, old: Obj) -> None:
    """Users may change what they like."""


def _no_causes(obj: Obj) -> Causes:
    return []


def _no_update_causes(new: Obj, old: Obj) -> Causes:
    return []


def _same(obj: Obj) -> Obj:
    return obj


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A served kind at one version.

    default         fills in place what the user left out (idempotent; the object is a private copy)
    validate        causes against a whole object that is to be created; it also runs on updates
    validate_create causes against a whole object that matter on its creation alone
    validate_update causes against a change (new, old): immutable fields and the like
    validate_status causes against a change through the status subresource (new, old)
    prepare         clears or sets, in place, what users may not set on create (such as status)
    prepare_update  the same on updates (new, old), in place at the upper levels of `new`
    status_metadata what of metadata a change through the status subresource may touch
    has_generation  metadata.generation counts the changes of everything but metadata and status
    fields          field selectors of this kind beyond metadata.name and metadata.namespace: path -> value of an object
    ttl             seconds an object lives without a write; None is for ever
    stored_as       the kind in whose form and place objects are kept, when it is not this one; `to_stored` and
                    `from_stored` make new objects of the other form (of a copy that is theirs to change)
    list_kind       what lists are called when it is not the kind with List behind it
    custom          the compiled schema of a custom resource, which then has no definition
    begin_deletion  changes, in place, an object whose deletion begins (at a moment): finalizers, conditions
    """

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    namespaced: bool
    definition: str  # in the OpenAPI definitions: io.k8s.api.core.v1.Pod
    printer: Printer
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    subresources: tuple[Subresource, ...] = ()
    default: Callable[[Obj], None] = _nothing
    validate: Callable[[Obj], Causes] = _no_causes
    validate_create: Callable[[Obj], Causes] = _no_causes
    validate_update: Callable[[Obj, Obj], Causes] = _no_update_causes
    validate_status: Callable[[Obj, Obj], Causes] = _no_update_causes
    prepare: Callable[[Obj], None] = _nothing
    prepare_update: Callable[[Obj, Obj], None] = _nothing_new
    warnings: Callable[[Obj], list[str]] = field(default=lambda obj: [])
    status_metadata: tuple[str, ...] = ("annotations", "labels")
    has_generation: bool = False
    orphans: bool = False  # a deletion that says nothing of dependents leaves them behind, as in the API's first days
    graceful: bool = False  # deletion waits for somebody (pods: the node) unless the grace period is 0
    unconditional_update: bool = True  # a PUT without resourceVersion overwrites
    create_on_update: bool = False  # a PUT to a name that does not exist creates it
    fields: Mapping[str, Callable[[Obj], str]] = field(default_factory=dict)
    ttl: int | None = None
    stored: bool = True  # False: objects are acted upon and forgotten (Binding)
    stored_as: Kind | None = None
    to_stored: Callable[[Obj], Obj] = _same
    from_stored: Callable[[Obj], Obj] = _same
    list_kind: str = ""
    custom: Structure | None = None
    begin_deletion: Callable[[Obj, datetime], None] | None = None

    @property
    def storage(self) -> Kind:
        """The kind whose keys and form are in etcd."""
        return self.stored_as or self

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """The plural with its group, as in error texts and in etcd's keys: pods, deployments.apps."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def subresource(self, name: str) -> Subresource | None:
        return next((sub for sub in self.subresources if sub.name == name), None)
