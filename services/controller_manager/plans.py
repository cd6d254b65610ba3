"""What a controller decides: plans, which are values.

`decide` returns a `Plan`; the runner applies it. A plan can be compared, printed and tested without a cluster, and
one place applies all of them: batches, fences, retries and events are written once. Letting `decide` call a client
was rejected: it cannot be called in a REPL then, and it half happens when the third of five calls fails.

The changes of a plan stand or fall one by one. What must only happen after something else has happened belongs into
the next plan, which is made from a view that contains what this one did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from services.objects.kinds import Kind
from services.objects.meta import Obj, name_of, namespace_of, uid_of


@dataclass(frozen=True, slots=True)
class Emit:
    """An Event about `regarding`; `type` is Normal or Warning.

    As a change's `done` or `failed`, `message` may name `{name}` (of the object written) and `{error}`.
    """

    kind: Kind
    regarding: Obj
    type: Literal["Normal", "Warning"]
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Create:
    """`done` is emitted when the object was created, `failed` when it was refused."""

    kind: Kind
    obj: Obj
    done: Emit | None = None
    failed: Emit | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """Replaces an object; its resourceVersion makes the write conditional. `subresource`: finalize and the like."""

    kind: Kind
    obj: Obj
    subresource: str = ""
    done: Emit | None = None
    failed: Emit | None = None


@dataclass(frozen=True, slots=True)
class UpdateStatus:
    """Replaces the status of an object; its resourceVersion makes the write conditional."""

    kind: Kind
    obj: Obj


@dataclass(frozen=True, slots=True)
class Patch:
    """For objects whose other parts belong to somebody else, where a conditional Update would fight with that one."""

    kind: Kind
    namespace: str
    name: str
    patch: Mapping[str, Any]
    type: str = "merge"
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """`uid` and `resource_version` are preconditions; `grace_period` in seconds, None is the object's own."""

    kind: Kind
    namespace: str
    name: str
    uid: str
    resource_version: str = ""
    propagation: str = ""
    grace_period: int | None = None
    done: Emit | None = None
    failed: Emit | None = None


@dataclass(frozen=True, slots=True)
class RequeueAfter:
    """Look at the key again in so many seconds, even if nothing changes."""

    seconds: float


Change = Create | Update | UpdateStatus | Patch | Delete
Step = Change | Emit | RequeueAfter


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one decision. Creates come in a slow start: the first refusal holds back those behind it."""

    steps: Sequence[Step] = field(default_factory=tuple)

    @property
    def changes(self) -> list[Change]:
        return [step for step in self.steps if not isinstance(step, Emit | RequeueAfter)]

    @property
    def events(self) -> list[Emit]:
        return [step for step in self.steps if isinstance(step, Emit)]

    @property
    def requeue_after(self) -> float | None:
        """The soonest of the moments asked for."""
        return min((step.seconds for step in self.steps if isinstance(step, RequeueAfter)), default=None)


NOTHING = Plan()


def delete(
    kind: Kind,
    obj: Obj,
    *,
    propagation: str = "",
    grace_period: int | None = None,
    done: Emit | None = None,
    failed: Emit | None = None,
) -> Delete:
    """The deletion of exactly this object: one made since under the same name is left alone."""
    return Delete(kind, namespace_of(obj), name_of(obj), uid_of(obj), propagation=propagation,
                  grace_period=grace_period, done=done, failed=failed)  # fmt: skip


def with_metadata(obj: Obj, **fields: Any) -> Obj:
    """A copy with these metadata fields; None takes a field away. What it does not replace is shared."""
    metadata = {**obj["metadata"], **fields}
    return {**obj, "metadata": {name: value for name, value in metadata.items() if value is not None}}


def with_status(kind: Kind, obj: Obj, status: Obj) -> list[UpdateStatus]:
    """The status update, when it is one."""
    return [] if obj.get("status") == status else [UpdateStatus(kind, {**obj, "status": status})]
