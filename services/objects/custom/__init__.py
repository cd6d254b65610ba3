"""Custom resources: what a CustomResourceDefinition makes of JSON objects.

    kind = custom.kind_of(crd, "v1")              # a Kind like any other: served, validated, printed by the same code
    kind.custom.check(obj, meta)                  # prunes, in place; unknown fields by path
    kind.default(obj); kind.validate_create(obj)  # causes with Kubernetes' texts
    kind.custom.schema                            # the structural schema, as server-side apply types objects by it

Nothing here knows of a server: which definitions there are, and what becomes of their objects, is `apiserver.custom`.
"""

import services.objects.kinds  # noqa: F401 - first: one of its kinds is made of what is here
from services.objects.custom.kinds import kind_of, metadata_kind, served_versions, storage_version, stored_kind
from services.objects.custom.structure import Structure

__all__ = ["Structure", "kind_of", "metadata_kind", "served_versions", "storage_version", "stored_kind"]
