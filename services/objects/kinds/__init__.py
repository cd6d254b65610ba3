"""The declaration of every served kind, and the registry that finds them.

A group exports its kinds by name (`__all__`) and as the tuple KINDS; adding a kind touches its group alone.
"""

from __future__ import annotations

from services.objects.kinds import (
    admissionregistration,
    apiextensions,
    apiregistration,
    apps,
    authentication,
    authorization,
    autoscaling,
    batch,
    certificates,
    coordination,
    core,
    discovery,
    events,
    flowcontrol,
    networking,
    node,
    policy,
    rbac,
    resource,
    scheduling,
    storage,
)
from services.objects.kinds.admissionregistration import *  # noqa: F403
from services.objects.kinds.apiextensions import *  # noqa: F403
from services.objects.kinds.apiregistration import *  # noqa: F403
from services.objects.kinds.apps import *  # noqa: F403
from services.objects.kinds.authentication import *  # noqa: F403
from services.objects.kinds.authorization import *  # noqa: F403
from services.objects.kinds.autoscaling import *  # noqa: F403
from services.objects.kinds.batch import *  # noqa: F403
from services.objects.kinds.certificates import *  # noqa: F403
from services.objects.kinds.coordination import *  # noqa: F403
from services.objects.kinds.core import *  # noqa: F403
from services.objects.kinds.discovery import *  # noqa: F403
from services.objects.kinds.events import *  # noqa: F403
from services.objects.kinds.flowcontrol import *  # noqa: F403
from services.objects.kinds.kind import Kind
from services.objects.kinds.networking import *  # noqa: F403
from services.objects.kinds.node import *  # noqa: F403
from services.objects.kinds.policy import *  # noqa: F403
from services.objects.kinds.rbac import *  # noqa: F403
from services.objects.kinds.registry import Registry
from services.objects.kinds.resource import *  # noqa: F403
from services.objects.kinds.scheduling import *  # noqa: F403
from services.objects.kinds.storage import *  # noqa: F403

_GROUPS = (
    core, apps, batch, coordination, discovery, events, networking, storage, apiextensions, admissionregistration,
    autoscaling, flowcontrol, apiregistration, policy, scheduling, node, rbac, certificates, authentication,
    authorization, resource,
)  # fmt: skip

KINDS = Registry(kind for group in _GROUPS for kind in group.KINDS)

__all__ = ["KINDS", "Kind", "Registry"]
__all__ += admissionregistration.__all__
__all__ += apiextensions.__all__
__all__ += apiregistration.__all__
__all__ += apps.__all__
__all__ += authentication.__all__
__all__ += authorization.__all__
__all__ += autoscaling.__all__
__all__ += batch.__all__
__all__ += certificates.__all__
__all__ += coordination.__all__
__all__ += core.__all__
__all__ += discovery.__all__
__all__ += events.__all__
__all__ += flowcontrol.__all__
__all__ += networking.__all__
__all__ += node.__all__
__all__ += policy.__all__
__all__ += rbac.__all__
__all__ += resource.__all__
__all__ += scheduling.__all__
__all__ += storage.__all__
