"""The reference with arguments for its plugins, slow and obvious."""

from __future__ import annotations

import math

from tests.property.scheduler.reference import PREFERRED, REQUIRED, Obj, Reference, amounts, requests

DEFAULT_RESOURCES = [{"name": "cpu"}, {"name": "memory"}]


class Configured(Reference):
    """`args` by plugin, as a configuration gives them."""

    def __init__(self, nodes: list[Obj], pods: list[Obj], namespaces: dict[str, Obj], args: dict[str, Obj]) -> None:
        super().__init__(nodes, pods, namespaces)
        self.args = args
        self.added = args.get("NodeAffinity", {}).get("addedAffinity", {})

    def refusal(self, pod: Obj, node: Obj) -> str | None:
        required = self.added.get(REQUIRED)
        if required is not None and not any(self.term(term, node) for term in required["nodeSelectorTerms"]):
            return "added"
        return super().refusal(pod, node)

    def fits(self, pod: Obj, node: Obj) -> bool:
        args = self.args.get("NodeResourcesFit", {})
        capacity, used = amounts(node["status"]["allocatable"]), self.used(node)
        if len(self.on(node)) + 1 > capacity.get("pods", 0):
            return False
        for name, amount in requests(pod).items():
            extended = "/" in name
            ignored = name in args.get("ignoredResources", ()) or name.split("/")[0] in args.get(
                "ignoredResourceGroups", ())  # fmt: skip
            if amount > 0 and not (extended and ignored) and used.get(name, 0) + amount > capacity.get(name, 0):
                return False
        return True

    def affinity_score(self, pod: Obj, nodes: list[Obj]) -> list[int]:
        own = ((pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(PREFERRED) or []
        found = [sum(one["weight"] for one in (*own, *self.added.get(PREFERRED, ())) if self.term(
            one["preference"], node)) for node in nodes]  # fmt: skip
        return [100 * each // max(found) if max(found) else 0 for each in found]

    def taken(self, pod: Obj, node: Obj, name: str, *, guessed: bool) -> tuple[int, int] | None:
        """The capacity, and what is taken of it with the pod; None where the resource does not count."""
        capacity = amounts(node["status"]["allocatable"]).get(name, 0)
        asked = requests(pod, guessed=guessed and name in ("cpu", "memory")).get(name, 0)
        if not capacity or (not asked and name not in ("cpu", "memory", "ephemeral-storage")):
            return None
        return capacity, self.used(node, guessed=guessed and name in ("cpu", "memory")).get(name, 0) + asked

    def least_score(self, pod: Obj, nodes: list[Obj]) -> list[int]:
        strategy = self.args.get("NodeResourcesFit", {}).get("scoringStrategy", {})
        kind, found = strategy.get("type", "LeastAllocated"), []
        for node in nodes:
            points, weights = 0, 0
            for resource in strategy.get("resources", DEFAULT_RESOURCES):
                counted = self.taken(pod, node, resource["name"], guessed=True)
                if counted is None:
                    continue
                capacity, taken = counted
                weight = resource.get("weight", 1)
                if kind == "RequestedToCapacityRatio":
                    utilization = 100 if taken > capacity else taken * 100 // capacity
                    one = on_line(strategy["requestedToCapacityRatio"]["shape"], utilization)
                    if one <= 0:
                        continue
                elif kind == "MostAllocated":
                    one = min(taken, capacity) * 100 // capacity
                else:
                    one = max(capacity - taken, 0) * 100 // capacity
                points, weights = points + one * weight, weights + weight
            ratio = kind == "RequestedToCapacityRatio"
            found.append((math.floor(points / weights + 0.5) if ratio else points // weights) if weights else 0)
        return found

    def balance_score(self, pod: Obj, nodes: list[Obj]) -> list[int]:
        resources = self.args.get("NodeResourcesBalancedAllocation", {}).get("resources", DEFAULT_RESOURCES)
        if not any(requests(pod).get(each["name"]) for each in resources):
            return [0] * len(nodes)
        found = []
        for node in nodes:
            counted = [self.taken(pod, node, each["name"], guessed=False) for each in resources]
            shares = [min(taken / capacity, 1.0) for capacity, taken in filter(None, counted)]
            mean = sum(shares) / len(shares) if shares else 0.0
            deviation = math.sqrt(sum((each - mean) ** 2 for each in shares) / len(shares)) if len(shares) > 2 else 0.0
            if len(shares) == 2:
                deviation = abs(shares[0] - shares[1]) / 2
            found.append(int((1.0 - deviation) * 100))
        return found

    def neighbour_score(self, pod: Obj, nodes: list[Obj]) -> list[int]:
        args = self.args.get("InterPodAffinity", {})
        if args.get("ignorePreferredTermsOfExistingPods") and not self.preferred(pod):
            return [0] * len(nodes)
        found = []
        for node in nodes:
            points = 0
            for other, at in self.known():
                terms = [(weight, term, pod, other) for weight, term in self.preferred(pod)]
                terms += [(weight, term, other, pod) for weight, term in self.preferred(other)]
                terms += [(args.get("hardPodAffinityWeight", 1), term, other, pod)
                          for term in self.terms(other, "podAffinity")]  # fmt: skip
                points += sum(weight for weight, term, owner, meant in terms
                              if self.means(term, owner, meant) and self.together(node, at, term["topologyKey"]))
            found.append(points)
        lowest, highest = min(found), max(found)
        return [100 * (each - lowest) // (highest - lowest) if highest > lowest else 0 for each in found]


def on_line(shape: list[Obj], utilization: int) -> int:
    """The points (0 to 100) at a degree of utilization."""
    for number, point in enumerate(shape):
        if utilization <= point["utilization"]:
            if number == 0:
                return 10 * int(point["score"])
            before = shape[number - 1]
            rise, run = 10 * (point["score"] - before["score"]), point["utilization"] - before["utilization"]
            return 10 * int(before["score"]) + int(rise * (utilization - before["utilization"]) / run)
    return 10 * int(shape[-1]["score"])
