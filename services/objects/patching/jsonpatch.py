"""JSON Patch (RFC 6902), by the jsonpatch library.

The library works on a copy of the whole document or in place. Here it works in place on a document whose containers
along each operation's path have been copied first, which costs what the patch touches rather than what the object
weighs.
"""

from __future__ import annotations

from typing import Any

import jsonpatch as rfc6902
import jsonpointer

from services.objects.errors import BadRequest, RequestEntityTooLarge
from services.objects.meta import Obj
from services.objects.nesting import is_too_deep
from services.objects.patching.refusal import unprocessable

MOST_OPERATIONS = 10_000


def json_patch(obj: Obj, operations: Any) -> Obj:
    """Raises BadRequest for what is no patch, RequestEntityTooLarge, and a 422 for what cannot be applied."""
    if not isinstance(operations, list) or not all(isinstance(operation, dict) for operation in operations):
        raise BadRequest("error decoding patch: a JSON patch is a list of operations")
    if len(operations) > MOST_OPERATIONS:
        raise RequestEntityTooLarge(f"The allowed maximum operations in a JSON patch is {MOST_OPERATIONS}, "
                                    f"got {len(operations)}")  # fmt: skip
    if is_too_deep(operations):
        raise BadRequest("error decoding patch: nested too deeply")
    document = _Document(obj)
    for operation in operations:
        document.apply(operation)
    result = document.root
    if not isinstance(result, dict):
        raise BadRequest("a JSON patch must leave an object")
    if is_too_deep(result):
        raise BadRequest("the patched object is nested too deeply")
    return result


class _Document:
    """A document that owns the containers it changes and shares the others."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.owned: dict[int, Any] = {}  # by id, which stays taken because the container is held here

    def apply(self, operation: dict[str, Any]) -> None:
        try:
            for member in ("from", "path"):
                if isinstance(operation.get(member), str):
                    self._own(operation[member])
            if self._tests_absence(operation):
                return
            self.root = rfc6902.JsonPatch([operation]).apply(self.root, in_place=True)
        except (rfc6902.JsonPatchException, jsonpointer.JsonPointerException, TypeError, LookupError, ValueError):
            raise unprocessable() from None

    def _own(self, path: str) -> None:
        """Copies every container on the way to the last member of `path`, but not that member."""
        self.root = node = self._mine(self.root)
        for part in jsonpointer.JsonPointer(path).parts[:-1]:
            if isinstance(node, dict) and part in node:
                node[part] = self._mine(node[part])
                node = node[part]
            elif isinstance(node, list) and part.isdecimal() and part.isascii() and int(part) < len(node):
                node[int(part)] = self._mine(node[int(part)])
                node = node[int(part)]
            else:
                return

    def _mine(self, container: Any) -> Any:
        if not isinstance(container, dict | list) or id(container) in self.owned:
            return container
        copy = container.copy()
        self.owned[id(copy)] = copy
        return copy

    def _tests_absence(self, operation: dict[str, Any]) -> bool:
        """Kubernetes takes `test` of null for "is not there"."""
        if operation.get("op") != "test" or operation.get("value", 0) is not None:
            return False
        return jsonpointer.JsonPointer(operation["path"]).resolve(self.root, None) is None
