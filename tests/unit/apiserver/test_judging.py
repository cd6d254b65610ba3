"""Where validation runs."""

from __future__ import annotations

import threading

import pytest

from services.apiserver.handlers.writing.judging import judged
from services.objects.errors import Cause
from services.objects.kinds import CONFIGMAP, CUSTOMRESOURCEDEFINITION
from services.objects.kinds.kind import Kind


@pytest.mark.parametrize(("kind", "here"), [(CONFIGMAP, True), (CUSTOMRESOURCEDEFINITION, False)])
async def test_only_definitions_are_judged_in_a_thread(kind: Kind, here: bool) -> None:
    (cause,) = await judged(kind, lambda: [Cause("FieldValueInvalid", str(threading.get_ident()), "spec")])
    assert (cause.message == str(threading.get_ident())) is here
