"""One version of a custom resource, compiled: everything that its schema does to an object.

Made once per version of a CustomResourceDefinition and only when something asks (a cluster with a hundred definitions
compiles those that are used). An object comes through `check`, `default` and `causes` or `update_causes`, in this
order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from services.objects.custom.scale import ScalePaths, scale_causes
from services.objects.custom.shaping import defaulting, embedded, pruning
from services.objects.custom.shaping.embedded import MetaCheck, MetaProblems
from services.objects.custom.structural import Node, Schema
from services.objects.custom.validation import listtypes, rules
from services.objects.custom.validation.findings import NO_PATH
from services.objects.custom.validation.values import Values
from services.objects.errors import BadRequest, Cause
from services.objects.meta import Obj

_NOT_CHECKED = ("some validation rules were not checked because the object was invalid; correct the existing errors "
                "to complete validation")  # fmt: skip
_BLOCKING = frozenset({"FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany",
                       "FieldValueTypeInvalid"})  # fmt: skip
_TOO_DEEP = Cause("FieldValueInvalid", 'Invalid value: "": the object is nested too deeply', NO_PATH)


class Structure:
    """`schema` is the openAPIV3Schema of a version, as its definition was accepted."""

    def __init__(self, schema: Schema, scale: ScalePaths | None = None) -> None:
        self.schema = schema
        self.scale = scale

    @cached_property
    def root(self) -> Node:
        return Node(self.schema)

    @cached_property
    def _values(self) -> Values:
        return Values(self.schema)

    @cached_property
    def _rules(self) -> rules.Rules | None:
        return rules.compiled(self.root)

    def check(self, obj: Obj, meta: MetaCheck) -> MetaProblems:
        """Leaves `obj`, in place, with nothing that its schema does not know."""
        try:
            found = meta(obj["metadata"], "metadata") if obj.get("metadata") is not None else MetaProblems([], None)
            if found.wrong is not None:
                return found
            unknown = [*found.unknown, *pruning.prune(obj, self.root)]
            if not self.root.embeds:
                return MetaProblems(unknown, None)
            inner = embedded.coerce(obj, self.root, meta)
            return MetaProblems(unknown + inner.unknown, inner.wrong)
        except RecursionError:
            return MetaProblems([], "the object is nested too deeply")

    def default(self, obj: Obj) -> None:
        """In place."""
        try:
            defaulting.default(obj, self.root)
        except RecursionError as error:
            raise BadRequest("the object is nested too deeply") from error

    def tidy(self, obj: Obj) -> None:
        """Makes, in place, of an object that was stored in this version what the version is today."""
        pruning.prune(obj, self.root)
        defaulting.default(obj, self.root)

    def prune(self, obj: Obj) -> None:
        """Makes, in place, of an object of another version one of this."""
        pruning.prune(obj, self.root)

    def causes(self, obj: Obj) -> list[Cause]:
        """What is wrong with an object that is to be created, its metadata aside."""
        try:
            found = self._values.causes(obj)
            found += scale_causes(obj, self.scale)
            if self.root.embeds:
                found += embedded.validate(obj, self.root)
            found += listtypes.duplicates(obj, self.root)
            return self._judged(found, [obj])
        except RecursionError:
            return [_TOO_DEEP]

    def update_causes(self, new: Obj, old: Obj) -> list[Cause]:
        """What is wrong with a change: what was wrong before and did not change is not held against it."""
        try:
            found = self._values.causes(new, old)
            found += scale_causes(new, self.scale)
            if self.root.embeds:
                found += embedded.validate(new, self.root)
            if self.root.lists and not listtypes.duplicates(old, self.root):
                found += listtypes.duplicates(new, self.root)
            return self._judged(found, [new, old])
        except RecursionError:
            return [_TOO_DEEP]

    def _judged(self, found: list[Cause], objects: Sequence[Any]) -> list[Cause]:
        """With what the rules say, which run only on objects of the right shape."""
        if self._rules is None:
            return found
        if any(cause.reason in _BLOCKING for cause in found):
            return [*found, Cause("FieldValueInvalid", f'Invalid value: "null": {_NOT_CHECKED}', NO_PATH)]
        return found + self._rules.causes(*objects)
