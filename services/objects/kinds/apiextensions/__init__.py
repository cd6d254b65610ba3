"""apiextensions.k8s.io: definitions of custom resources."""

from services.objects.kinds.apiextensions.customresourcedefinition import CUSTOMRESOURCEDEFINITION

KINDS = (CUSTOMRESOURCEDEFINITION,)

__all__ = ["CUSTOMRESOURCEDEFINITION"]
