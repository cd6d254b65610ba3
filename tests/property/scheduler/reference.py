"""The scheduler, slow and obvious: one pod, one node at a time, plain Python over the objects as the API has them.

It shares no code with the scheduler, on purpose.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

Obj = dict[str, Any]

HOSTNAME = "kubernetes.io/hostname"
SUFFIXES = {"m": Fraction(1, 1000), "Ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "k": 1000, "M": 10**6}
MB = 1024 * 1024
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def number(text: str) -> Fraction:
    for suffix, factor in sorted(SUFFIXES.items(), key=lambda item: -len(item[0])):
        if text.endswith(suffix):
            return Fraction(text.removesuffix(suffix)) * factor
    return Fraction(text)


def amounts(texts: Obj | None) -> dict[str, int]:
    return {name: math.ceil(number(text) * (1000 if name == "cpu" else 1)) for name, text in (texts or {}).items()}


def labels(obj: Obj) -> Obj:
    return obj["metadata"].get("labels") or {}


def selected(selector: Obj | None, of: Obj) -> bool:
    if selector is None:
        return False
    if any(of.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(fits(one, of) for one in selector.get("matchExpressions") or ())


def fits(expression: Obj, of: Obj) -> bool:
    key, values = expression["key"], expression.get("values") or []
    match expression["operator"]:
        case "In":
            return key in of and of[key] in values
        case "NotIn":
            return key not in of or of[key] not in values
        case "Exists":
            return key in of
        case "DoesNotExist":
            return key not in of
        case "Gt":
            return key in of and of[key].isdigit() and int(of[key]) > int(values[0])
        case _:
            return key in of and of[key].isdigit() and int(of[key]) < int(values[0])


def requests(pod: Obj, *, guessed: bool = False) -> dict[str, int]:
    """KEP-753, without pod-level resources; `guessed`: 100m and 200Mi for containers that say nothing."""
    def of(container: Obj) -> dict[str, int]:
        found = amounts((container.get("resources") or {}).get("requests"))
        if guessed:
            found = {"cpu": found.get("cpu") or 100, "memory": found.get("memory") or 200 * MB}
        return found

    def plus(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
        return {name: left.get(name, 0) + right.get(name, 0) for name in {*left, *right}}

    total: dict[str, int] = {}
    for container in pod["spec"]["containers"]:
        total = plus(total, of(container))
    sidecars: dict[str, int] = {}
    peaks: list[dict[str, int]] = []
    for container in pod["spec"].get("initContainers") or ():
        if container.get("restartPolicy") == "Always":
            sidecars = plus(sidecars, of(container))
            peaks.append(sidecars)
        else:
            peaks.append(plus(sidecars, of(container)))
    total = plus(total, sidecars)
    for peak in peaks:
        total = {name: max(total.get(name, 0), peak.get(name, 0)) for name in {*total, *peak}}
    return plus(total, amounts(pod["spec"].get("overhead")))


class Reference:
    def __init__(self, nodes: list[Obj], pods: list[Obj], namespaces: dict[str, Obj]) -> None:
        """`pods` all have a spec.nodeName."""
        self.nodes = nodes
        self.pods = pods
        self.namespaces = namespaces

    def on(self, node: Obj) -> list[Obj]:
        return [pod for pod in self.pods if pod["spec"]["nodeName"] == node["metadata"]["name"]]

    def known(self) -> list[tuple[Obj, Obj]]:
        """Pods with their nodes."""
        by_name = {node["metadata"]["name"]: node for node in self.nodes}
        return [(pod, by_name[pod["spec"]["nodeName"]]) for pod in self.pods if pod["spec"]["nodeName"] in by_name]

    # Filters

    def feasible(self, pod: Obj) -> list[str]:
        return [node["metadata"]["name"] for node in self.nodes if self.refusal(pod, node) is None]

    def refusal(self, pod: Obj, node: Obj) -> str | None:
        checks = (self.schedulable, self.tolerated, self.selects, self.ports, self.fits, self.spread, self.neighbours)
        return next((check.__name__ for check in checks if not check(pod, node)), None)

    def schedulable(self, pod: Obj, node: Obj) -> bool:
        taint = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
        return not node["spec"].get("unschedulable") or self.tolerates(pod, taint)

    def tolerates(self, pod: Obj, taint: Obj) -> bool:
        for one in pod["spec"].get("tolerations") or ():
            effect = one.get("effect") in (None, "", taint["effect"])
            if one.get("operator") == "Exists":
                value, key = True, one.get("key") in (None, "", taint["key"])
            else:
                value, key = (one.get("value") or "") == (taint.get("value") or ""), one.get("key") == taint["key"]
            if effect and key and value:
                return True
        return False

    def tolerated(self, pod: Obj, node: Obj) -> bool:
        return all(self.tolerates(pod, taint) for taint in node["spec"].get("taints") or ()
                   if taint["effect"] in ("NoSchedule", "NoExecute"))  # fmt: skip

    def selects(self, pod: Obj, node: Obj) -> bool:
        if any(labels(node).get(key) != value for key, value in (pod["spec"].get("nodeSelector") or {}).items()):
            return False
        required = ((pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(REQUIRED)
        return required is None or any(self.term(term, node) for term in required["nodeSelectorTerms"])

    def term(self, term: Obj, node: Obj) -> bool:
        expressions, fields = term.get("matchExpressions") or [], term.get("matchFields") or []
        if not expressions and not fields:
            return False
        return all(fits(one, labels(node)) for one in expressions) and all(
            fits(one, {"metadata.name": node["metadata"]["name"]}) for one in fields)  # fmt: skip

    def host_ports(self, pod: Obj) -> list[tuple[str, int, str]]:
        containers = [*pod["spec"]["containers"], *(
            one for one in pod["spec"].get("initContainers") or () if one.get("restartPolicy") == "Always")]
        return [(port.get("protocol", "TCP"), port["hostPort"], port.get("hostIP") or "0.0.0.0")
                for container in containers for port in container.get("ports") or ()
                if port.get("hostPort")]  # fmt: skip

    def ports(self, pod: Obj, node: Obj) -> bool:
        for protocol, port, ip in self.host_ports(pod):
            for other in self.on(node):
                for protocol2, port2, ip2 in self.host_ports(other):
                    if (protocol, port) == (protocol2, port2) and (ip == ip2 or "0.0.0.0" in (ip, ip2)):
                        return False
        return True

    def used(self, node: Obj, *, guessed: bool = False) -> dict[str, int]:
        total: dict[str, int] = {}
        for pod in self.on(node):
            for name, amount in requests(pod, guessed=guessed).items():
                total[name] = total.get(name, 0) + amount
        return total

    def fits(self, pod: Obj, node: Obj) -> bool:
        capacity, used = amounts(node["status"]["allocatable"]), self.used(node)
        if len(self.on(node)) + 1 > capacity.get("pods", 0):
            return False
        return all(used.get(name, 0) + amount <= capacity.get(name, 0)
                   for name, amount in requests(pod).items() if amount > 0)  # fmt: skip

    # Topology spread

    def constraints(self, pod: Obj, when: str) -> list[Obj]:
        found = []
        for one in pod["spec"].get("topologySpreadConstraints") or ():
            if one["whenUnsatisfiable"] == when:
                selector = dict(one.get("labelSelector") or {}) if one.get("labelSelector") is not None else None
                if selector is not None:
                    extra = [{"key": key, "operator": "In", "values": [labels(pod)[key]]}
                             for key in one.get("matchLabelKeys") or () if key in labels(pod)]  # fmt: skip
                    selector["matchExpressions"] = [*(selector.get("matchExpressions") or []), *extra]
                found.append({**one, "labelSelector": selector})
        return found

    def counts(self, pod: Obj, node: Obj, constraint: Obj, constraints: list[Obj]) -> bool:
        if any(one["topologyKey"] not in labels(node) for one in constraints):
            return False
        if constraint.get("nodeAffinityPolicy") != "Ignore" and not self.selects(pod, node):
            return False
        return constraint.get("nodeTaintsPolicy") != "Honor" or self.tolerated(pod, node)

    def alike(self, pod: Obj, constraint: Obj, node: Obj) -> int:
        return sum(
            other["metadata"]["namespace"] == pod["metadata"]["namespace"]
            and not other["metadata"].get("deletionTimestamp") and selected(constraint["labelSelector"], labels(other))
            for other in self.on(node)
        )  # fmt: skip

    def by_domain(self, pod: Obj, constraint: Obj, constraints: list[Obj]) -> dict[str, int]:
        found: dict[str, int] = {}
        for node in self.nodes:
            if self.counts(pod, node, constraint, constraints):
                domain = labels(node)[constraint["topologyKey"]]
                found[domain] = found.get(domain, 0) + self.alike(pod, constraint, node)
        return found

    def spread(self, pod: Obj, node: Obj) -> bool:
        constraints = self.constraints(pod, "DoNotSchedule")
        for one in constraints:
            if one["topologyKey"] not in labels(node):
                return False
        for one in constraints:
            domains = self.by_domain(pod, one, constraints)
            least = min(domains.values()) if domains and len(domains) >= (one.get("minDomains") or 1) else 0
            own = int(selected(one["labelSelector"], labels(pod)))
            if domains.get(labels(node)[one["topologyKey"]], 0) + own - least > one["maxSkew"]:
                return False
        return True

    # Affinity between pods

    def means(self, term: Obj, owner: Obj, other: Obj) -> bool:
        """Whether the term of `owner` is about `other`."""
        namespace = other["metadata"]["namespace"]
        if term.get("namespaces") or term.get("namespaceSelector") is not None:
            of = term.get("namespaceSelector")
            named = namespace in (term.get("namespaces") or ())
            if not named and (of is None or not selected(of, self.namespaces[namespace])):
                return False
        elif namespace != owner["metadata"]["namespace"]:
            return False
        if not selected(term.get("labelSelector"), labels(other)):
            return False
        own = labels(owner)
        for key in term.get("matchLabelKeys") or ():
            if key in own and labels(other).get(key) != own[key]:
                return False
        return all(key not in own or labels(other).get(key) != own[key] for key in term.get("mismatchLabelKeys") or ())

    def terms(self, pod: Obj, side: str) -> list[Obj]:
        return ((pod["spec"].get("affinity") or {}).get(side) or {}).get(REQUIRED) or []

    def preferred(self, pod: Obj) -> list[tuple[int, Obj]]:
        affinity = pod["spec"].get("affinity") or {}
        return [(sign * one["weight"], one["podAffinityTerm"])
                for side, sign in (("podAffinity", 1), ("podAntiAffinity", -1))
                for one in (affinity.get(side) or {}).get(PREFERRED) or ()]  # fmt: skip

    def together(self, node: Obj, other: Obj, key: str) -> bool:
        return key in labels(node) and labels(node)[key] == labels(other).get(key)

    def neighbours(self, pod: Obj, node: Obj) -> bool:
        near = self.terms(pod, "podAffinity")
        if near and not self.finds(pod, node, near):
            return False
        for term in self.terms(pod, "podAntiAffinity"):
            if any(self.means(term, pod, other) and self.together(node, at, term["topologyKey"])
                   for other, at in self.known()):  # fmt: skip
                return False
        for other, at in self.known():
            for term in self.terms(other, "podAntiAffinity"):
                if self.means(term, other, pod) and self.together(node, at, term["topologyKey"]):
                    return False
        return True

    def finds(self, pod: Obj, node: Obj, near: list[Obj]) -> bool:
        matching = [at for other, at in self.known() if all(self.means(term, pod, other) for term in near)]
        if any(term["topologyKey"] not in labels(node) for term in near):
            return False
        if all(any(self.together(node, at, term["topologyKey"]) for at in matching) for term in near):
            return True
        anywhere = any(term["topologyKey"] in labels(at) for at in matching for term in near)
        return not anywhere and all(self.means(term, pod, pod) for term in near)

    # Scores

    def totals(self, pod: Obj, names: list[str]) -> dict[str, int]:
        nodes = [node for node in self.nodes if node["metadata"]["name"] in names]
        total = dict.fromkeys(names, 0)
        for weight, score in (
            (3, self.taint_score), (2, self.affinity_score), (1, self.least_score), (2, self.spread_score),
            (2, self.neighbour_score), (1, self.balance_score), (1, self.image_score),
        ):  # fmt: skip
            for node, points in zip(nodes, score(pod, nodes), strict=True):
                total[node["metadata"]["name"]] += weight * points
        return total

    def taint_score(self, pod: Obj, nodes: list[Obj]) -> list[int]:
        """0 for all where no taint tells nodes apart: a constant makes no difference."""
        if not any(taint["effect"] == "PreferNoSchedule" for node in self.nodes
                   for taint in node["spec"].get("taints") or ()):  # fmt: skip
            return [0] * len(nodes)
        bad = [sum(taint["effect"] == "PreferNoSchedule" and not self.tolerates(pod, taint)
                   for taint in node["spec"].get("taints") or ()) for node in nodes]  # fmt: skip
        return [100 - 100 * each // max(bad) if max(bad) else 100 for each in bad]

    def affinity_score(self, pod: Obj, nodes: list[Obj]) -> list[int]:
        preferred = ((pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(PREFERRED) or []
        found = []
        for node in nodes:
            points = 0
            for one in preferred:
                points += one["weight"] if self.term(one["preference"], node) else 0
            found.append(points)
        return [100 * each // max(found) if max(found) else 0 for each in found]

    def least_score(self, pod: Obj, nodes: list[Obj]) -> list[int]:
        found = []
        for node in nodes:
            capacity, used, more = amounts(node["status"]["allocatable"]), self.used(node, guessed=True), requests(
                pod, guessed=True)  # fmt: skip
            points = [max(capacity[name] - used.get(name, 0) - more.get(name, 0), 0) * 100 // capacity[name]
                      for name in ("cpu", "memory") if capacity.get(name)]  # fmt: skip
            found.append(sum(points) // len(points) if points else 0)
        return found

    def balance_score(self, pod: Obj, nodes: list[Obj]) -> list[int]:
        more = requests(pod)
        if not more.get("cpu") and not more.get("memory"):
            return [0] * len(nodes)
        found = []
        for node in nodes:
            capacity, used = amounts(node["status"]["allocatable"]), self.used(node)
            shares = [min((used.get(name, 0) + more.get(name, 0)) / capacity[name], 1.0)
                      for name in ("cpu", "memory") if capacity.get(name)]  # fmt: skip
            deviation = abs(shares[0] - shares[1]) / 2 if len(shares) == 2 else 0.0
            found.append(int((1.0 - deviation) * 100))
        return found

    def image_score(self, pod: Obj, nodes: list[Obj]) -> list[int]:
        images = [one["image"] for one in (*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"])]
        having = {image: [node for node in self.nodes if image in self.images(node)] for image in images}
        found = []
        for node in nodes:
            total = 0
            for image in images:
                if image in self.images(node):
                    total += int(self.images(node)[image] * (len(having[image]) / len(self.nodes)))
            most = 1000 * MB * len(images)
            found.append(100 * (min(max(total, 23 * MB), most) - 23 * MB) // (most - 23 * MB))
        return found

    def images(self, node: Obj) -> dict[str, int]:
        return {name: one["sizeBytes"] for one in node["status"].get("images") or () for name in one["names"]}

    def spread_score(self, pod: Obj, nodes: list[Obj]) -> list[int]:
        constraints = self.constraints(pod, "ScheduleAnyway")
        rated = [node for node in nodes if all(one["topologyKey"] in labels(node) for one in constraints)]
        if not constraints or not rated:
            return [0] * len(nodes)
        costs = {}
        for node in rated:
            cost = 0.0
            for one in constraints:
                key = one["topologyKey"]
                if key == HOSTNAME:
                    domains, alike = len(rated), self.alike(pod, one, node)
                else:
                    domains = len({labels(each)[key] for each in rated})
                    alike = self.by_domain(pod, one, constraints).get(labels(node)[key], 0)
                cost += alike * math.log(domains + 2) + (one["maxSkew"] - 1)
            costs[node["metadata"]["name"]] = math.floor(cost + 0.5)
        lowest, highest = min(costs.values()), max(costs.values())
        points = {name: 100 * (highest + lowest - cost) // highest if highest else 100 for name, cost in costs.items()}
        return [points.get(node["metadata"]["name"], 0) for node in nodes]

    def neighbour_score(self, pod: Obj, nodes: list[Obj]) -> list[int]:
        found = []
        for node in nodes:
            points = 0
            for other, at in self.known():
                for weight, term in self.preferred(pod):
                    if self.means(term, pod, other) and self.together(node, at, term["topologyKey"]):
                        points += weight
                for weight, term in self.preferred(other):
                    if self.means(term, other, pod) and self.together(node, at, term["topologyKey"]):
                        points += weight
                for term in self.terms(other, "podAffinity"):
                    if self.means(term, other, pod) and self.together(node, at, term["topologyKey"]):
                        points += 1
            found.append(points)
        lowest, highest = min(found), max(found)
        return [100 * (each - lowest) // (highest - lowest) if highest > lowest else 0 for each in found]

    # Preemption

    def preemption(self, pod: Obj, node: Obj, budgets: list[Obj]) -> tuple[tuple[Any, ...], list[str]] | None:
        """How bad it is to clear the node for the pod, and the names of who must go; None when that does not help."""
        def important(one: Obj) -> tuple[Any, ...]:
            meta = one["metadata"]
            return -one["spec"].get("priority", 0), meta["creationTimestamp"], (meta["namespace"], meta["name"])

        mine = pod["spec"].get("priority", 0)
        lower = sorted((one for one in self.on(node) if one["spec"].get("priority", 0) < mine), key=important)
        rest = [one for one in self.pods if one not in lower]
        if not lower or Reference(self.nodes, rest, self.namespaces).refusal(pod, node) is not None:
            return None
        left = {budget["metadata"]["name"]: budget["status"]["disruptionsAllowed"] for budget in budgets}
        violating = []
        for one in lower:
            bad = False
            for budget in budgets:
                if (budget["metadata"]["namespace"] == one["metadata"]["namespace"]
                        and selected(budget["spec"]["selector"], labels(one))):  # fmt: skip
                    left[budget["metadata"]["name"]] -= 1
                    bad = bad or left[budget["metadata"]["name"]] < 0
            violating.append(bad)
        victims = []
        for at in sorted(range(len(lower)), key=lambda at: (not violating[at], at)):
            back = Reference(self.nodes, [*rest, lower[at]], self.namespaces)
            if back.refusal(pod, node) is None:
                rest.append(lower[at])
            else:
                victims.append(at)
        if not victims:
            return None
        new = [lower[at] for at in victims if not lower[at]["metadata"].get("deletionTimestamp")]
        highest = max((one["spec"].get("priority", 0) for one in new), default=-(2**31))
        starts = [one["metadata"]["creationTimestamp"] for one in new if one["spec"].get("priority", 0) == highest]
        total = sum(one["spec"].get("priority", 0) + 2**31 for one in new)
        earliest = [-ord(each) for each in min(starts, default="")]
        badness = sum(violating[at] for at in victims), highest, total, len(new), earliest
        return badness, sorted(one["metadata"]["name"] for one in new)
