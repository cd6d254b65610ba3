"""Volumes, slow and obvious: one pod, one node, one claim at a time, over the objects as the API has them.

It shares no code with the scheduler, on purpose.
"""

from __future__ import annotations

import copy
from typing import Any

from tests.property.scheduler.reference import Obj, fits, labels, number, selected

NOTES = "annotations"
SELECTED, COMPLETED = "volume.kubernetes.io/selected-node", "pv.kubernetes.io/bind-completed"
ZONES = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region": "topology.kubernetes.io/region",
}


def name(obj: Obj) -> str:
    return str(obj["metadata"]["name"])


def notes(obj: Obj) -> Obj:
    return obj["metadata"].get(NOTES) or {}


class Storage:
    """Lists of objects. `take` does to them what the scheduler does for a pod that it sends to a node."""

    def __init__(self, volumes: list[Obj], claims: list[Obj], classes: list[Obj], csinodes: list[Obj],
                 attachments: list[Obj], drivers: list[Obj], capacities: list[Obj]) -> None:  # fmt: skip
        self.volumes, self.claims, self.classes = copy.deepcopy(volumes), copy.deepcopy(claims), classes
        self.csinodes, self.attachments, self.drivers, self.capacities = csinodes, attachments, drivers, capacities

    def find(self, among: list[Obj], wanted: str, namespace: str | None = None) -> Obj | None:
        return next((one for one in among if name(one) == wanted
                     and (namespace is None or one["metadata"]["namespace"] == namespace)), None)  # fmt: skip

    def uses(self, pod: Obj) -> list[tuple[str, bool]]:
        """Names of claims, and whether they are made for the pod."""
        found = []
        for volume in pod["spec"].get("volumes") or ():
            if "persistentVolumeClaim" in volume:
                found.append((volume["persistentVolumeClaim"]["claimName"], False))
            elif "ephemeral" in volume:
                found.append((f"{name(pod)}-{volume['name']}", True))
        return found

    def claim(self, pod: Obj, wanted: str) -> Obj | None:
        return self.find(self.claims, wanted, pod["metadata"]["namespace"])

    def owns(self, pod: Obj, claim: Obj) -> bool:
        return any(one.get("controller") and one["uid"] == pod["metadata"]["uid"]
                   for one in claim["metadata"].get("ownerReferences") or ())  # fmt: skip

    def bound(self, claim: Obj) -> bool:
        return bool(claim["spec"].get("volumeName")) and COMPLETED in notes(claim)

    # Before nodes are looked at

    def waits(self, pod: Obj) -> bool:
        """Whether something is wrong with the claims themselves."""
        for wanted, own in self.uses(pod):
            claim = self.claim(pod, wanted)
            if claim is None or claim["status"].get("phase") == "Lost" or claim["metadata"].get("deletionTimestamp"):
                return True
            if own and not self.owns(pod, claim):
                return True
            if not self.bound(claim):
                of = self.find(self.classes, claim["spec"].get("storageClassName") or "")
                late = of is not None and of["volumeBindingMode"] == "WaitForFirstConsumer"
                if not late or claim["spec"].get("volumeName"):
                    return True
            elif not own and self.find(self.volumes, claim["spec"]["volumeName"]) is None:
                return True
        return False

    # One node

    def refuses(self, pod: Obj, node: Obj, there: list[Obj], everywhere: list[Obj]) -> str | None:
        """`there` are the pods of the node, `everywhere` those of all nodes."""
        if self.waits(pod):
            return "claims"
        if any(self.clash(pod, other) for other in there):
            return "disks"
        for wanted, own in self.uses(pod):
            claim = self.claim(pod, wanted)
            if not own and claim is not None and "ReadWriteOncePod" in claim["spec"]["accessModes"]:
                for other in everywhere:
                    if other["metadata"]["namespace"] == pod["metadata"]["namespace"] and (
                            wanted, False) in self.uses(other):  # fmt: skip
                        return "once"
        if not self.attachable(pod, node, there):
            return "limits"
        if self.plan(pod, node) is None:
            return "binding"
        return None if self.zoned(pod, node) else "zones"

    def clash(self, pod: Obj, other: Obj) -> bool:
        for mine in pod["spec"].get("volumes") or ():
            for its in other["spec"].get("volumes") or ():
                left, right = mine.get("gcePersistentDisk"), its.get("gcePersistentDisk")
                if left and right and left["pdName"] == right["pdName"] and not (
                        left.get("readOnly") and right.get("readOnly")):  # fmt: skip
                    return True
                left, right = mine.get("awsElasticBlockStore"), its.get("awsElasticBlockStore")
                if left and right and left["volumeID"] == right["volumeID"]:
                    return True
        return False

    def handle(self, claim: Obj) -> tuple[str, str] | None:
        volume = self.find(self.volumes, claim["spec"].get("volumeName") or "")
        if volume is not None:
            csi = volume["spec"].get("csi")
            return (csi["driver"], csi["volumeHandle"]) if csi else None
        of = self.find(self.classes, claim["spec"].get("storageClassName") or "")
        return (of["provisioner"], f"unmade {claim['metadata']['namespace']}/{name(claim)}") if of else None

    def handles(self, pod: Obj) -> set[tuple[str, str]]:
        found = set()
        for wanted, own in self.uses(pod):
            claim = self.claim(pod, wanted)
            if claim is not None and (not own or self.owns(pod, claim)):
                found.add(self.handle(claim))
        return {one for one in found if one is not None}

    def hanging(self, node: Obj, there: list[Obj]) -> set[tuple[str, str]]:
        found = {one for other in there for one in self.handles(other)}
        for attachment in self.attachments:
            if attachment["spec"]["nodeName"] == name(node):
                volume = self.find(self.volumes, attachment["spec"]["source"]["persistentVolumeName"])
                if volume is not None and volume["spec"].get("csi"):
                    found.add((attachment["spec"]["attacher"], volume["spec"]["csi"]["volumeHandle"]))
        return found

    def attachable(self, pod: Obj, node: Obj, there: list[Obj]) -> bool:
        csinode = self.find(self.csinodes, name(node))
        hanging = self.hanging(node, there)
        for driver in csinode["spec"]["drivers"] if csinode else ():
            more = [one for one in self.handles(pod) - hanging if one[0] == driver["name"]]
            count = sum(one[0] == driver["name"] for one in hanging)
            if more and count + len(more) > driver["allocatable"]["count"]:
                return False
        return True

    def reaches(self, volume: Obj, node: Obj) -> bool:
        required = (volume["spec"].get("nodeAffinity") or {}).get("required")
        return required is None or any(
            all(fits(one, labels(node)) for one in term["matchExpressions"]) for term in required["nodeSelectorTerms"])

    def zoned(self, pod: Obj, node: Obj) -> bool:
        if not any(key in labels(node) for key in ZONES):
            return True
        for wanted, own in self.uses(pod):
            claim = self.claim(pod, wanted)
            volume = self.find(self.volumes, claim["spec"].get("volumeName") or "") if claim and not own else None
            for key, newer in ZONES.items():
                if volume is not None and key in labels(volume):
                    its = labels(node).get(key, labels(node).get(newer))
                    if its not in labels(volume)[key].split("__"):
                        return False
        return True

    def plan(self, pod: Obj, node: Obj) -> tuple[list[tuple[str, str]], list[str]] | None:
        """Volumes with the claims that get them, and the claims whose volumes are made; None when it cannot be."""
        names = list(dict.fromkeys(wanted for wanted, _ in self.uses(pod)))
        claims = [claim for claim in (self.claim(pod, wanted) for wanted in names) if claim is not None]
        for claim in claims:
            if self.bound(claim):
                volume = self.find(self.volumes, claim["spec"]["volumeName"])
                if volume is None or not self.reaches(volume, node):
                    return None
        unbound = [claim for claim in claims if not self.bound(claim)]
        made = [claim for claim in unbound if SELECTED in notes(claim)]
        if any(notes(claim)[SELECTED] != name(node) for claim in made):
            return None
        bindings: list[tuple[str, str]] = []
        for claim in sorted((one for one in unbound if one not in made), key=self.size):
            found = self.match(claim, node, [volume for volume, _ in bindings])
            if found is None:
                made.append(claim)
            else:
                bindings.append((found, name(claim)))
        return (bindings, [name(claim) for claim in made]) if all(self.makes(claim, node) for claim in made) else None

    def size(self, obj: Obj) -> Any:
        spec = obj["spec"]
        return number((spec.get("capacity") or spec["resources"]["requests"])["storage"])

    def match(self, claim: Obj, node: Obj, taken: list[str]) -> str | None:
        best: Obj | None = None
        # Kubernetes takes any of several that are reserved for the claim; the smallest will do.
        for volume in sorted(self.volumes, key=lambda volume: (self.size(volume), name(volume))):
            reference, spec = volume["spec"].get("claimRef"), volume["spec"]
            its_own = self.is_for(claim, reference)
            if name(volume) in taken or (reference is not None and not its_own):
                continue
            if spec["storageClassName"] != claim["spec"]["storageClassName"] or self.size(volume) < self.size(claim):
                continue
            if spec.get("volumeMode", "Filesystem") != claim["spec"].get("volumeMode", "Filesystem"):
                continue
            if volume["metadata"].get("deletionTimestamp"):
                continue
            if its_own:
                return name(volume) if self.reaches(volume, node) else None
            if volume["status"]["phase"] != "Available" or not self.reaches(volume, node):
                continue
            if "selector" in claim["spec"] and not selected(claim["spec"]["selector"], labels(volume)):
                continue
            if not set(claim["spec"]["accessModes"]) <= set(spec["accessModes"]):
                continue
            if best is None or self.size(volume) < self.size(best):
                best = volume
        return name(best) if best is not None else None

    def is_for(self, claim: Obj, reference: Obj | None) -> bool:
        meta = claim["metadata"]
        return reference is not None and reference["uid"] in ("", meta["uid"]) and (
            reference["namespace"], reference["name"]) == (meta["namespace"], meta["name"])  # fmt: skip

    def makes(self, claim: Obj, node: Obj) -> bool:
        of = self.find(self.classes, claim["spec"]["storageClassName"])
        if of is None or of["provisioner"] == "kubernetes.io/no-provisioner":
            return False
        topologies = of.get("allowedTopologies") or ()
        if topologies and not any(all(labels(node).get(one["key"]) in one["values"]
                                      for one in term["matchLabelExpressions"]) for term in topologies):  # fmt: skip
            return False
        driver = self.find(self.drivers, of["provisioner"])
        if driver is None or not driver["spec"].get("storageCapacity"):
            return True
        return any(
            capacity["storageClassName"] == name(of) and selected(capacity.get("nodeTopology"), labels(node))
            and number(capacity.get("maximumVolumeSize") or capacity["capacity"]) >= self.size(claim)
            for capacity in self.capacities)  # fmt: skip

    def take(self, pod: Obj, node: Obj) -> None:
        plan = self.plan(pod, node)
        assert plan is not None
        bindings, made = plan
        for volume, wanted in bindings:
            claim, found = self.claim(pod, wanted), self.find(self.volumes, volume)
            assert claim is not None
            assert found is not None
            found["spec"]["claimRef"] = {"namespace": claim["metadata"]["namespace"], "name": wanted,
                                         "uid": claim["metadata"]["uid"]}  # fmt: skip
        for wanted in made:
            claim = self.claim(pod, wanted)
            assert claim is not None
            claim["metadata"].setdefault(NOTES, {})[SELECTED] = name(node)
