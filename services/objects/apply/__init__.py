"""Server-side apply and the ownership of fields, as Kubernetes' structured-merge-diff and field manager have it.

    schema.shapes      the type view: what is owned whole, what names an item
    fieldpath          sets of fields, in the form of managedFields
    typed              what a type tells of values: owned, changed, merged, pruned, of a set whose type changed
    managers           managedFields -> who owns what, and back
    ownership          what a write takes from others
    conflicts          what an apply must not take, in Kubernetes' words
    clientside         what kubectl applied from its side
    applying, tracking what an apply and what an update make of an object and its managers

`fieldpath` and `typed` divide as the packages of the same names in sigs.k8s.io/structured-merge-diff.
"""

from services.objects.apply.applying import Applied, IncompatibleConfiguration, Plan, conclude, plan
from services.objects.apply.clientside import LAST_APPLIED, LastApplied, last_applied
from services.objects.apply.fieldpath.fieldset import FieldSet
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
    "Managed", "Manager", "Plan", "View", "applier", "conclude", "decoded", "encoded", "known_managers",
    "last_applied", "manager_name", "name_causes", "plan", "stamped", "updated", "updater",
]  # fmt: skip
