"""Server-side apply and the ownership of fields, as Kubernetes' structured-merge-diff and field manager have it.

    shapes (schema/)   the type view: what is owned whole, what names an item
    elements, fieldset sets of fields, in the form of managedFields
    owning             configuration -> what it owns, and what is wrong with it
    comparing          two states -> what changed, what is gone
    merging, pruning   configuration over object; without what was left out
    managers           managedFields -> who owns what, and back
    ownership          what a write takes from others
    reconciling        sets of types that changed
    clientside         what kubectl applied from its side
    applying, tracking what an apply and what an update make of an object and its managers
"""

from services.objects.apply.applying import Applied, IncompatibleConfiguration, Plan, apply, conclude, plan
from services.objects.apply.clientside import LAST_APPLIED, LastApplied, last_applied
from services.objects.apply.fieldset import FieldSet
from services.objects.apply.managers import (
    InvalidManagedFields,
    Managed,
    Manager,
    applier,
    decoded,
    encoded,
    manager_name,
    name_causes,
    stamped,
    updater,
)
from services.objects.apply.ownership import View
from services.objects.apply.tracking import known_managers, updated

__all__ = [
    "LAST_APPLIED", "Applied", "FieldSet", "IncompatibleConfiguration", "InvalidManagedFields", "LastApplied",
    "Managed", "Manager", "Plan", "View", "applier", "apply", "conclude", "decoded", "encoded", "known_managers",
    "last_applied", "manager_name", "name_causes", "plan", "stamped", "updated", "updater",
]  # fmt: skip
