"""What arguments the plugins take: their types, and Kubernetes' rules for them.

https://kubernetes.io/docs/reference/config-api/kube-scheduler-config.v1/. The arguments of every plugin that is named
are checked, also of one that is not enabled; whoever makes a plugin of them can rely on that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from services.objects import durations
from services.objects.kinds.pods.scheduling.affinity import validate_node_affinity
from services.objects.kinds.pods.scheduling.spread import UNSATISFIABLE
from services.objects.kinds.validation.field import Causes, duplicate, forbidden, invalid, one_of, required, unsupported
from services.objects.kinds.validation.labels import validate_label_name
from services.objects.meta import Obj
from services.objects.schema.checking import Compiler, Found

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
INT32: Schema = {"type": "integer", "format": "int32"}
INT64: Schema = {"type": "integer"}
_STRATEGIES = ("LeastAllocated", "MostAllocated", "RequestedToCapacityRatio")
# Of candidates for preemption Kubernetes looks at no fewer than so many of the nodes, in percent, and than so many.
_PERCENTAGE, _ABSOLUTE = 10, 100


def struct(**fields: Schema) -> Schema:
    return {"properties": fields}


def list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/scheduler.v1.{name}"}


def _definitions(**types: Schema) -> dict[str, Schema]:
    return {f"scheduler.v1.{name}": type_ for name, type_ in types.items()}


_META = {"apiVersion": TEXT, "kind": TEXT}
DEFINITIONS = _definitions(
    # Of kubernetes-sigs/scheduler-plugins: how many seconds a gang may be held until all of it can be bound.
    CoschedulingArgs=struct(**_META, permitWaitingTimeSeconds=INT64),
    DefaultPreemptionArgs=struct(**_META, minCandidateNodesPercentage=INT32, minCandidateNodesAbsolute=INT32),
    DynamicResourcesArgs=struct(**_META, filterTimeout=TEXT, bindingTimeout=TEXT),
    InterPodAffinityArgs=struct(**_META, hardPodAffinityWeight=INT32, ignorePreferredTermsOfExistingPods=FLAG),
    NodeAffinityArgs=struct(**_META, addedAffinity=ref("NodeAffinity")),
    NodeResourcesBalancedAllocationArgs=struct(**_META, resources=list_of(ref("ResourceSpec"))),
    NodeResourcesFitArgs=struct(**_META, ignoredResources=list_of(TEXT), ignoredResourceGroups=list_of(TEXT),
                                scoringStrategy=ref("ScoringStrategy")),
    PodTopologySpreadArgs=struct(**_META, defaultConstraints=list_of(ref("TopologySpreadConstraint")),
                                 defaultingType=TEXT),
    VolumeBindingArgs={**struct(**_META, bindTimeoutSeconds=INT64, shape=list_of(ref("UtilizationShapePoint"))),
                       "required": ["shape"]},  # an empty one is refused as well
    Nothing=struct(**_META),

    NodeAffinity=struct(requiredDuringSchedulingIgnoredDuringExecution=ref("NodeSelector"),
                        preferredDuringSchedulingIgnoredDuringExecution=list_of(ref("PreferredSchedulingTerm"))),
    NodeSelector=struct(nodeSelectorTerms=list_of(ref("NodeSelectorTerm"))),
    NodeSelectorTerm=struct(matchExpressions=list_of(ref("Requirement")), matchFields=list_of(ref("Requirement"))),
    PreferredSchedulingTerm=struct(weight=INT32, preference=ref("NodeSelectorTerm")),
    Requirement=struct(key=TEXT, operator=TEXT, values=list_of(TEXT)),
    LabelSelector=struct(matchLabels={"type": "object", "additionalProperties": TEXT},
                         matchExpressions=list_of(ref("Requirement"))),
    RequestedToCapacityRatioParam=struct(shape=list_of(ref("UtilizationShapePoint"))),
    ResourceSpec=struct(name=TEXT, weight=INT64),
    ScoringStrategy=struct(type=TEXT, resources=list_of(ref("ResourceSpec")),
                           requestedToCapacityRatio=ref("RequestedToCapacityRatioParam")),
    TopologySpreadConstraint=struct(maxSkew=INT32, topologyKey=TEXT, whenUnsatisfiable=TEXT, minDomains=INT32,
                                    labelSelector=ref("LabelSelector"), nodeAffinityPolicy=TEXT, nodeTaintsPolicy=TEXT,
                                    matchLabelKeys=list_of(TEXT)),
    UtilizationShapePoint=struct(utilization=INT32, score=INT32),
)  # fmt: skip
_COMPILER = Compiler(DEFINITIONS)


# (plugin, argument) -> why it makes no difference here
WITHOUT_EFFECT: Mapping[tuple[str, str], str] = {
    ("DefaultPreemption", "minCandidateNodesPercentage"): "all nodes are candidates",
    ("DefaultPreemption", "minCandidateNodesAbsolute"): "all nodes are candidates",
    ("DynamicResources", "filterTimeout"): "the search for devices is bounded by steps, not by time",
    ("DynamicResources", "bindingTimeout"): "devices that have to be waited for are given to nobody",
}


def problems(plugin: str, args: Obj) -> list[str]:
    """What is wrong with a plugin's arguments, from which nulls and empty lists are taken away. A text begins with a
    field, or with a colon when it is about all of them."""
    type_ = f"{plugin}Args" if f"scheduler.v1.{plugin}Args" in DEFINITIONS else "Nothing"
    found = Found()
    _COMPILER.object(f"scheduler.v1.{type_}")(args, None, found)
    if found.wrong is not None or found.unknown:
        return [f": {text}" for text in (found.wrong, *found.unknown) if text is not None]
    causes: Causes = []
    if (kind := args.pop("kind", type_)) != type_:
        causes.append(invalid("kind", kind, "has to match plugin args"))
    args.pop("apiVersion", None)
    if plugin in _RULES:
        _RULES[plugin](causes, args)
    return [f".{cause.field}: {cause.message}" for cause in causes]


def _coscheduling(causes: Causes, args: Obj) -> None:
    seconds = args.get("permitWaitingTimeSeconds", 1)
    if seconds <= 0:
        causes.append(invalid("permitWaitingTimeSeconds", seconds, "must be greater than 0"))


def _preemption(causes: Causes, args: Obj) -> None:
    percentage = args.get("minCandidateNodesPercentage", _PERCENTAGE)
    absolute = args.get("minCandidateNodesAbsolute", _ABSOLUTE)
    _within(causes, "minCandidateNodesPercentage", percentage, 0, 100)
    if absolute < 0:
        causes.append(invalid("minCandidateNodesAbsolute", absolute, "not in valid range [0, inf)"))
    if percentage == absolute == 0:
        causes.append(invalid("minCandidateNodesPercentage", 0,
                              "cannot be zero at the same time as minCandidateNodesAbsolute"))  # fmt: skip


def _devices(causes: Causes, args: Obj) -> None:
    for field, least, words in (("filterTimeout", timedelta(), "must be zero or positive"),
                                ("bindingTimeout", timedelta(seconds=1), "must be at least 1 second")):  # fmt: skip
        if field in args:
            try:
                causes += [invalid(field, args[field], words)] if durations.parse(args[field]) < least else []
            except ValueError as error:
                causes.append(invalid(field, args[field], str(error)))


def _inter_pod_affinity(causes: Causes, args: Obj) -> None:
    _within(causes, "hardPodAffinityWeight", args.get("hardPodAffinityWeight", 0), 0, 100)


def _node_affinity(causes: Causes, args: Obj) -> None:
    validate_node_affinity(causes, "addedAffinity", args.get("addedAffinity") or {})


def _balanced(causes: Causes, args: Obj) -> None:
    seen: set[str] = set()
    for path, each in _each("resources", args.get("resources")):
        if each.get("name", "") in seen:
            causes.append(duplicate(f"{path}.name", each.get("name", "")))
        seen.add(each.get("name", ""))
        if each.get("weight", 0) not in (0, 1):
            causes.append(invalid(f"{path}.weight", each["weight"], "must be 1"))


def _fit(causes: Causes, args: Obj) -> None:
    for field in ("ignoredResources", "ignoredResourceGroups"):
        for number, name in enumerate(args.get(field) or ()):
            if field == "ignoredResourceGroups" and "/" in name:
                causes.append(invalid(f"{field}[{number}]", name, "resource group name can't contain '/'"))
            validate_label_name(causes, f"{field}[{number}]", name)
    strategy = args.get("scoringStrategy") or {}
    kind, ratio = strategy.get("type") or _STRATEGIES[0], strategy.get("requestedToCapacityRatio")
    if kind not in _STRATEGIES:
        causes.append(unsupported("scoringStrategy.type", kind, _STRATEGIES))
    for path, each in _each("scoringStrategy.resources", strategy.get("resources")):
        if not 0 <= each.get("weight", 0) <= 100:
            text = f"resource weight of {each.get('name', '')} not in valid range (0, 100]"
            causes.append(invalid(f"{path}.weight", each["weight"], text))
    path = "scoringStrategy.requestedToCapacityRatio"
    if kind != _STRATEGIES[2] and ratio is not None:
        causes.append(forbidden(path, "must be nil when type is not RequestedToCapacityRatio"))
    elif kind == _STRATEGIES[2] and ratio is None:
        causes.append(required(path, "must be specified when type is RequestedToCapacityRatio"))
    elif ratio is not None:
        _shape(causes, f"{path}.shape", ratio.get("shape") or ())


def _shape(causes: Causes, path: str, shape: Sequence[Obj]) -> None:
    if not shape:
        causes.append(required(path, "at least one point must be specified"))
    utilizations = [point.get("utilization", 0) for point in shape]
    for number, (before, after) in enumerate(pairwise(utilizations), 1):
        if before >= after:
            causes.append(invalid(f"{path}[{number}].utilization", after, "values must be sorted in increasing order"))
            break
    for number, point in enumerate(shape):
        _within(causes, f"{path}[{number}].utilization", utilizations[number], 0, 100)
        _within(causes, f"{path}[{number}].score", point.get("score", 0), 0, 10)


def _spread(causes: Causes, args: Obj) -> None:
    kind, constraints = args.get("defaultingType") or "System", args.get("defaultConstraints") or ()
    if kind not in ("System", "List"):
        causes.append(unsupported("defaultingType", kind, ("System", "List")))
    if kind == "System" and constraints:
        causes.append(invalid("defaultingType", kind, "when .defaultConstraints are not empty"))
    seen = set()
    for path, each in _each("defaultConstraints", constraints):
        key, otherwise = each.get("topologyKey", ""), each.get("whenUnsatisfiable", "")
        if each.get("maxSkew", 0) <= 0:
            causes.append(invalid(f"{path}.maxSkew", each.get("maxSkew", 0), "not in valid range (0, inf)"))
        if not key:
            causes.append(required(f"{path}.topologyKey", "can not be empty"))
        else:
            validate_label_name(causes, f"{path}.topologyKey", key)
        if not otherwise:
            causes.append(required(f"{path}.whenUnsatisfiable", "can not be empty"))
        else:
            one_of(causes, f"{path}.whenUnsatisfiable", otherwise, UNSATISFIABLE)
        if "labelSelector" in each:
            causes.append(forbidden(f"{path}.labelSelector",
                                    "constraint must not define a selector, as they deduced for each pod"))
        if (key, otherwise) in seen:
            causes.append(duplicate(path, f"{{{key}, {otherwise}}}"))
        seen.add((key, otherwise))


def _volume_binding(causes: Causes, args: Obj) -> None:
    if args.get("bindTimeoutSeconds", 0) < 0:
        causes.append(invalid("bindTimeoutSeconds", args["bindTimeoutSeconds"],
                              "invalid BindTimeoutSeconds, should not be a negative value"))  # fmt: skip
    if "shape" in args:
        causes.append(invalid("shape", args["shape"], "unexpected field `shape`: volumes' capacity is not scored"))


def _within(causes: Causes, path: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        causes.append(invalid(path, value, f"not in valid range [{lowest}, {highest}]"))


def _each(path: str, items: Sequence[Obj] | None) -> list[tuple[str, Obj]]:
    return [(f"{path}[{number}]", each) for number, each in enumerate(items or ())]


_RULES: Mapping[str, Callable[[Causes, Obj], None]] = {
    "Coscheduling": _coscheduling, "DefaultPreemption": _preemption, "DynamicResources": _devices,
    "InterPodAffinity": _inter_pod_affinity, "NodeAffinity": _node_affinity,
    "NodeResourcesBalancedAllocation": _balanced, "NodeResourcesFit": _fit, "PodTopologySpread": _spread,
    "VolumeBinding": _volume_binding,
}  # fmt: skip
