"""One small valid object of every served kind, as a user would write it: one module per API group beside this one.

Tests of what holds for all kinds (creation over REST, tables, protobuf, laws) take them from here; a module that is put
into this folder with a tuple EXAMPLES is found by itself. Names and namespaces are there only where they matter.
"""

from __future__ import annotations

import copy
import importlib
from collections.abc import Iterator
from pathlib import Path

from services.objects.kinds import Kind
from services.objects.meta import Obj


def _modules() -> Iterator[str]:
    return (file.stem for file in sorted(Path(__file__).parent.glob("*.py")) if file.stem != Path(__file__).stem)


EXAMPLES: dict[tuple[str, str], Obj] = {
    (obj["apiVersion"], obj["kind"]): obj
    for module in _modules()
    for obj in importlib.import_module(f"tests.examples.{module}").EXAMPLES
}


def example(kind: Kind) -> Obj:
    """A copy, with a name if it is one of a kind that is kept. KeyError when the kind has no example yet: write one."""
    obj = copy.deepcopy(EXAMPLES[kind.api_version, kind.kind])
    metadata = obj.setdefault("metadata", {})
    if kind.stored:
        metadata.setdefault("name", "example")
    return obj
