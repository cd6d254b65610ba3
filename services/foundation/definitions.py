"""Reads the OpenAPI definitions of the served API level from the data of the `kubernetes-validate` package.

The one data file is read, the package is not imported: importing it pulls in jsonschema for nothing.
"""

from __future__ import annotations

import functools
import re
from importlib import util
from pathlib import Path
from typing import Any

import orjson

API_LEVEL = "1.36"
_ALPHA = re.compile(r"\.v[0-9]+alpha[0-9]+\.")


@functools.cache
def load() -> dict[str, Any]:
    """The raw definitions by name (`io.k8s.api.core.v1.Pod`), without alpha ones; shared and read-only."""
    spec = util.find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package kubernetes-validate, which holds the API's definitions, is not installed")
    path = Path(spec.origin).parent / "kubernetes-json-schema" / f"v{API_LEVEL}.0-local" / "_definitions.json"
    definitions: dict[str, Any] = orjson.loads(path.read_bytes())["$defs"]
    return {name: definition for name, definition in definitions.items() if not _ALPHA.search(name)}
