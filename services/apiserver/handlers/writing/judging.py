"""Validation, and where it runs.

It takes a millisecond at most, with one exception: the schemas of a CustomResourceDefinition, of which half a megabyte
takes a tenth of a second. That runs in a thread, so that requests and watches go on meanwhile; a thread for every
object was rejected, for it costs more than most validations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from services.objects.kinds import CUSTOMRESOURCEDEFINITION
from services.objects.kinds.kind import Causes, Kind


async def judged(kind: Kind, validate: Callable[[], Causes]) -> Causes:
    """What `validate` finds wrong with an object of the kind, which nobody changes meanwhile."""
    if kind is CUSTOMRESOURCEDEFINITION:
        return await asyncio.to_thread(validate)
    return validate()
