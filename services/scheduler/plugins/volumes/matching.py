"""Which of the volumes that are there a claim would get on each node: the smallest that is large enough.

Volumes that the same nodes reach are a group. Claims that ask for the same share the sorted groups until some volume or
label changes; what plans have promised meanwhile is left out each time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.scheduler.cluster.columns import Columns, Rows
from services.scheduler.cluster.storage import Claim, Volume
from services.scheduler.plugins.volumes.reach import Places, reachable

Numbers = NDArray[np.int64]

NONE = -1
_MOST_KINDS = 256


class _Groups(NamedTuple):
    """`numbers`: the volumes' own, sorted by group, the smallest first; `ranks`: by size among all of them; `starts`:
    where each group begins; `rows` reach the group of `group_of`. `by_rank` are the numbers again, NONE at the end."""

    numbers: Numbers
    ranks: Numbers
    starts: Numbers
    rows: Rows
    group_of: Numbers
    by_rank: Numbers


def matched(claim: Claim, nodes: Columns, given: list[Numbers]) -> Numbers:
    """(n,): the number of the volume that the claim would get on the node, or NONE; `given` is the same of other claims
    of the pod, which have them already."""
    found = np.full(len(nodes), NONE)
    reserved = sorted((each for each in nodes.volumes.reserved(claim) if _is_fit(each, claim)), key=_order)
    for volume in reserved:
        number = nodes.volumes.numbers[volume.name]
        excluded = np.zeros(len(nodes), bool)
        for other in given:
            excluded |= other == number
        undecided = (found == NONE) & ~excluded
        found[undecided] = np.where(reachable(volume.affinity, nodes)[undecided], number, NONE - 1)
    free = _free(claim, nodes, given)
    either: Numbers = np.where(found == NONE, free, np.maximum(found, NONE))
    return either


def _free(claim: Claim, nodes: Columns, given: list[Numbers]) -> Numbers:
    """Among the volumes that are nobody's."""
    groups = _groups(claim, nodes)
    found = np.full(len(nodes), NONE)
    if not len(groups.numbers):
        return found
    promised = [nodes.volumes.numbers[name] for name in nodes.volumes.promises.volumes if name in nodes.volumes.numbers]
    last = len(groups.numbers)
    ranks = np.where(np.isin(groups.numbers, promised), last, groups.ranks)
    best = np.full(len(nodes), last)
    # Of each group as many as the other claims may have taken, and one more.
    for _ in range(len(given) + 1):
        smallest = np.minimum.reduceat(ranks, groups.starts)
        offered = smallest[groups.group_of]
        for other in given:
            offered = np.where(other[groups.rows] == groups.by_rank[offered], last, offered)
        np.minimum.at(best, groups.rows, offered)
        ranks = np.where(np.isin(ranks, smallest), last, ranks)
    chosen: Numbers = groups.by_rank[best]
    return chosen


def _groups(claim: Claim, nodes: Columns) -> _Groups:
    volumes = nodes.volumes
    kind = ("free", claim.size, claim.storage_class, claim.modes, claim.mode, claim.attributes_class, claim.selector)
    stamp = volumes.volumes_seen, nodes.labelled, len(nodes)
    known = volumes.memory.get(kind)
    if known is not None and known[0] == stamp:
        groups: _Groups = known[1]
        return groups
    if len(volumes.memory) >= _MOST_KINDS:
        volumes.memory.clear()
    groups = _grouped([each for each in volumes.by_class.get(claim.storage_class, {}).values()
                       if each.claim is None and each.available and _is_fit(each, claim) and _is_meant(each, claim)],
                      nodes)  # fmt: skip
    volumes.memory[kind] = stamp, groups
    return groups


def _grouped(volumes: list[Volume], nodes: Columns) -> _Groups:
    volumes.sort(key=_order)
    places = Places(nodes)
    members: dict[object, list[int]] = {}
    for rank, volume in enumerate(volumes):
        members.setdefault(volume.affinity, []).append(rank)
    rows = [places.of(volumes[ranks[0]].affinity) for ranks in members.values()]
    sizes = [len(each) for each in members.values()]
    ranks = np.array([rank for each in members.values() for rank in each], np.int64)
    numbers = np.array([nodes.volumes.numbers[volumes[rank].name] for rank in ranks.tolist()], np.int64)
    return _Groups(
        numbers, ranks, np.cumsum([0, *sizes[:-1]]) if sizes else np.zeros(0, np.int64),
        np.concatenate(rows) if rows else np.zeros(0, np.int64),
        np.repeat(np.arange(len(rows)), [len(each) for each in rows]),
        np.array([*(nodes.volumes.numbers[each.name] for each in volumes), NONE]),
    )  # fmt: skip


def _order(volume: Volume) -> tuple[int, str]:
    return volume.size, volume.name


def _is_fit(volume: Volume, claim: Claim) -> bool:
    """Also of a volume that is reserved for the claim."""
    return (
        volume.storage_class == claim.storage_class and volume.size >= (claim.size or 0)
        and volume.mode == claim.mode and volume.attributes_class == claim.attributes_class and not volume.deleting
    )  # fmt: skip


def _is_meant(volume: Volume, claim: Claim) -> bool:
    """Of a volume that is nobody's."""
    selected = claim.selector is None or claim.selector.matches(dict(volume.labels))
    return selected and volume.modes.issuperset(claim.modes)
