"""The one table of what is accepted and stored of a pod, but not acted on yet; users hear of it by a Warning header.

A field leaves this table in the change that makes something act on it. Refusing such pods was rejected: the same
manifests run on other clusters, where these fields often are only a wish.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.objects import names
from services.objects.meta import Obj

POD = frozenset({
    "hostUsers", "hostnameOverride", "os", "overhead", "resourceClaims", "resources", "runtimeClassName",
    "schedulingGroup", "setHostnameAsFQDN", "workloadRef",
})  # fmt: skip
POD_SECURITY = frozenset({
    "appArmorProfile", "fsGroupChangePolicy", "seLinuxChangePolicy", "seLinuxOptions", "supplementalGroupsPolicy",
    "windowsOptions",
})  # fmt: skip
CONTAINER = frozenset({"resizePolicy", "restartPolicyRules", "volumeDevices"})
SECURITY = frozenset({"appArmorProfile", "procMount", "seLinuxOptions", "windowsOptions"})
MOUNT = frozenset({"recursiveReadOnly"})
ENV_SOURCE = frozenset({"fileKeyRef"})
VOLUMES_ACTED_ON = frozenset({"configMap", "downwardAPI", "emptyDir", "hostPath", "name", "projected", "secret"})
PROJECTIONS = frozenset({"clusterTrustBundle", "podCertificate"})

_NOT_YET = "is stored, but not acted on yet"


def pending_kind(plural: str) -> list[str]:
    """Of kinds whose controllers or admission are yet to come."""
    return [f"{plural} are stored, but not acted on yet"]


def scheduled_kind(plural: str) -> list[str]:
    """Of kinds that decide where pods go, and nothing else so far."""
    return [f"the scheduler minds {plural}, but nothing else acts on them yet"]


def pending(path: str, spec: Obj) -> list[str]:
    """A line for each part of the spec at `path` that is stored and not acted on."""
    found: list[str] = []
    _note(found, path, spec, POD)
    if spec.get("securityContext"):
        _note(found, f"{path}.securityContext", spec["securityContext"], POD_SECURITY)
        _note_profile(found, f"{path}.securityContext", spec["securityContext"])
    for index, volume in enumerate(spec.get("volumes") or ()):
        for name in volume.keys() - VOLUMES_ACTED_ON:
            found.append(f"{path}.volumes[{index}].{name} {_NOT_YET}")
        if "projected" in volume:
            for place, source in enumerate(volume["projected"].get("sources") or ()):
                _note(found, f"{path}.volumes[{index}].projected.sources[{place}]", source, PROJECTIONS)
    for side in ("initContainers", "containers"):
        _note_containers(found, f"{path}.{side}", spec.get(side) or ())
    return found


def _note(found: list[str], path: str, value: Obj, names: frozenset[str]) -> None:
    if not names.isdisjoint(value):
        for name in sorted(names & value.keys()):
            found.append(f"{path}.{name} {_NOT_YET}")


def _note_profile(found: list[str], path: str, context: Obj) -> None:
    if (context.get("seccompProfile") or {}).get("type") == "Localhost":
        found.append(f"{path}.seccompProfile {_NOT_YET}")


def _note_containers(found: list[str], path: str, containers: Sequence[Obj]) -> None:
    for index, container in enumerate(containers):
        where = f"{path}[{index}]"
        _note(found, where, container, CONTAINER)
        if "restartPolicy" in container and (path.endswith(".containers") or container["restartPolicy"] != "Always"):
            found.append(f"{where}.restartPolicy {_NOT_YET}")
        if container.get("securityContext"):
            _note(found, f"{where}.securityContext", container["securityContext"], SECURITY)
            _note_profile(found, f"{where}.securityContext", container["securityContext"])
        for place, mount in enumerate(container.get("volumeMounts") or ()):
            _note(found, f"{where}.volumeMounts[{place}]", mount, MOUNT)
        for place, port in enumerate(container.get("ports") or ()):
            address = port.get("hostIP")
            if address and (":" in address or names.is_ip(address)):  # nodes have IPv4 alone
                found.append(f"{where}.ports[{place}].hostIP {_NOT_YET}")
        for place, variable in enumerate(container.get("env") or ()):
            if "valueFrom" in variable:
                _note(found, f"{where}.env[{place}].valueFrom", variable["valueFrom"], ENV_SOURCE)
