"""The numbers and types of all fields of the served messages, a text for each API group or a few small ones.

They are those of Kubernetes' protobuf definitions at the API level that is served. Left out are the fields behind
alpha features of that level, which a server with default features drops as well (`ALPHA` in the tests lists them).
"""

from services.objects.wire.tables import (
    access,
    admissionregistration_v1,
    apiextensions_v1,
    apps_v1,
    autoscaling,
    batch_v1,
    core_v1,
    flowcontrol_v1,
    meta_v1,
    networking_v1,
    resource_v1,
    small_groups,
    storage_v1,
)

TABLES = tuple(room.TABLE for room in (
    meta_v1, core_v1, apps_v1, batch_v1, autoscaling, access, networking_v1, storage_v1, resource_v1,
    admissionregistration_v1, apiextensions_v1, flowcontrol_v1, small_groups,
))  # fmt: skip
