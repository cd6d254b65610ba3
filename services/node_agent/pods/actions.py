"""What a pod's state machine can ask for. The executor turns each into a coroutine that ends in an event.

Actions are idempotent values: two equal ones are the same work, and repeating one after a crash is safe.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.objects.meta import Obj

Check = Literal["startup", "liveness", "readiness"]


@dataclass(frozen=True, slots=True)
class PrepareVolumes:
    """Everything spec.volumes names, below the pod's own folder."""


@dataclass(frozen=True, slots=True)
class RemoveVolumes:
    """Unmount and delete the pod's folder."""


@dataclass(frozen=True, slots=True)
class CreateSandbox:
    attempt: int


@dataclass(frozen=True, slots=True)
class RemoveSandbox:
    id: str


@dataclass(frozen=True, slots=True)
class AttachNetwork:
    """Give the sandbox an address; asked again with the same sandbox it answers with the same address."""

    sandbox: str
    pid: int


@dataclass(frozen=True, slots=True)
class DetachNetwork:
    pass


@dataclass(frozen=True, slots=True)
class PullImage:
    """Make the container's image present as its pull policy says."""

    container: str


@dataclass(frozen=True, slots=True)
class StartContainer:
    """Create and start, then run its postStart hook."""

    container: str
    attempt: int
    sandbox: str


@dataclass(frozen=True, slots=True)
class StopContainer:
    """preStop hook, SIGTERM, SIGKILL after `grace` seconds in all. A later one for the same id replaces this one."""

    container: str
    id: str
    grace: float


@dataclass(frozen=True, slots=True)
class RemoveContainer:
    id: str


@dataclass(frozen=True, slots=True)
class DeleteFromApi:
    """The last step of a deletion: grace period 0, with the pod's uid as precondition."""


@dataclass(frozen=True, slots=True)
class StartProbe:
    container: str
    id: str
    check: Check


@dataclass(frozen=True, slots=True)
class StopProbe:
    container: str
    id: str
    check: Check


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """The pod's whole status, as a merge patch understands it (null removes a field)."""

    status: Obj


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Send Tick at this moment; None stops the timer. There is one timer per pod."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class Emit:
    """An Event about the pod, or about one of its containers."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str
    container: str = ""


# Work ends in Succeeded or Failed; the others take effect at once and are not answered.
Work = (
    PrepareVolumes | RemoveVolumes | CreateSandbox | RemoveSandbox | AttachNetwork | DetachNetwork | PullImage
    | StartContainer | StopContainer | RemoveContainer | DeleteFromApi
)  # fmt: skip
Action = Work | StartProbe | StopProbe | Report | SetTimer | Emit
