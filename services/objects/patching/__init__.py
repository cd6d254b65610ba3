"""Patches: RFC 6902, RFC 7386 and strategic merge, as the apiserver applies them.

All take an object and return another that shares what did not change; neither the object nor the patch is changed.
"""

from services.objects.patching.jsonpatch import json_patch
from services.objects.patching.merge import merge_patch
from services.objects.patching.strategic import strategic_merge
from services.objects.patching.types import PatchType

__all__ = ["PatchType", "json_patch", "merge_patch", "strategic_merge"]
