"""What can happen to a pod: the only things its state machine ever learns.

The engine is described by whole observations, never by single changes: an engine event can be lost, a listing cannot
lie. Every action ends in a `Succeeded` or a `Failed`, so the machine always knows what is still under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.node_agent.pods.actions import Action, Check
from services.objects.meta import Obj


@dataclass(frozen=True, slots=True)
class ContainerView:
    """A container as the engine shows it. `created` has never run; `reason` is OOMKilled, StartError or ""."""

    id: str
    name: str
    attempt: int
    sandbox: str
    state: Literal["created", "running", "exited"]
    hash: str = ""
    image: str = ""
    image_id: str = ""
    exit_code: int = 0
    reason: str = ""
    message: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SandboxView:
    """The pause container that holds the pod's namespaces; `pid` is 0 when it does not run."""

    id: str
    attempt: int
    running: bool
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Observation:
    sandboxes: tuple[SandboxView, ...] = ()
    containers: tuple[ContainerView, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Specified:
    """The pod as the API has it now; also how a deletion (deletionTimestamp) arrives."""

    pod: Obj


@dataclass(frozen=True, slots=True)
class Vanished:
    """The API has no such pod any more: it was deleted by force."""


@dataclass(frozen=True, slots=True)
class Observed:
    seen: Observation


@dataclass(frozen=True, slots=True)
class Probed:
    """One probe of the container with this id ended; `output` says why it failed."""

    container: str
    id: str
    check: Check
    ok: bool
    output: str = ""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """`value` is the address of AttachNetwork and the image id of PullImage; `seen` is a listing made afterwards."""

    action: Action
    value: str = ""
    seen: Observation | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """`reason` is one of the API's (ErrImagePull, CreateContainerConfigError, ...)."""

    action: Action
    reason: str
    message: str
    seen: Observation | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """The moment last asked for with SetTimer has come."""


Event = Specified | Vanished | Observed | Probed | Succeeded | Failed | Tick
