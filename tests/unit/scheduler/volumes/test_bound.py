"""Pods whose claims have their volumes: where these can be reached, how many a node takes, who else has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from services.objects.meta import Obj
from services.scheduler.algorithm import schedule
from services.scheduler.cluster.cluster import facts
from services.scheduler.cluster.happenings import Happening
from services.scheduler.preemption import Preemptor
from services.scheduler.profile import DEFAULT
from tests.unit.scheduler.storage import (
    DRIVER,
    attachment,
    claim,
    csinode,
    one_of,
    stock,
    storage_class,
    using,
    volume,
)

Make = Callable[..., Any]
ZONE, OLD_ZONE = "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"
HERE = "csi_example_com"  # DRIVER, as csinode() takes it


def outcome(cluster: Any, pod: Any) -> str:
    """The nodes that take it, or why none does."""
    columns = cluster.columns
    (decision,) = schedule([pod], columns, np.random.default_rng(1))
    if decision.refusal is not None:
        return str(decision.refusal.without_victims().message)
    assert decision.plans == ()
    mask = columns.present.copy()
    for each in DEFAULT.filters:
        mask &= each.feasible(pod.demand, columns)
    return " ".join(sorted(name for name, good in zip(columns.names, mask, strict=False) if good))


AFFINITY = "node(s) didn't match PersistentVolume's node affinity"
HELPLESS = "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."


@pytest.mark.parametrize(
    ("volumes", "claims", "expected"),
    [
        ([volume("v")], [claim("c", volume="v")], "a b"),
        ([volume("v", on="b")], [claim("c", volume="v")], "b"),
        ([volume("v", on="x")], [claim("c", volume="v")], f"0/2 nodes are available: 2 {AFFINITY}. {HELPLESS}"),
        ([volume("v", nodeAffinity=one_of(ZONE, "1", "2"))], [claim("c", volume="v")], "a b"),
        ([volume("v", nodeAffinity={"required": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": ZONE, "operator": "NotIn", "values": ["1"]}]}]}})],
         [claim("c", volume="v")], "b"),
        ([volume("v", nodeAffinity={"required": {"nodeSelectorTerms": [
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]}]}})],
         [claim("c", volume="v")], f"0/2 nodes are available: 2 {AFFINITY}. {HELPLESS}"),
        ([volume("v", nodeAffinity={"required": {"nodeSelectorTerms": [
            {"matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["a"]}]}]}})],
         [claim("c", volume="v")], "a b"),
        ([volume("v", nodeAffinity={})], [claim("c", volume="v")], "a b"),
        ([], [claim("c", volume="v")], f'0/2 nodes are available: persistentvolume "v" not found. {HELPLESS}'),
        ([], [], f'0/2 nodes are available: persistentvolumeclaim "c" not found. {HELPLESS}'),
        ([], [claim("c", volume="v", phase="Lost")], '0/2 nodes are available: persistentvolumeclaim "c" bound to '
         f'non-existent persistentvolume "v". {HELPLESS}'),
        ([volume("v")], [{**claim("c", volume="v"), "metadata": {**claim("c", volume="v")["metadata"],
                                                                 "deletionTimestamp": "2026-01-01T00:00:00Z"}}],
         f'0/2 nodes are available: persistentvolumeclaim "c" is being deleted. {HELPLESS}'),
        ([volume("v")], [claim("c", of="now")],
         f"0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. {HELPLESS}"),
        ([volume("v")], [claim("c", of="")],
         f"0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. {HELPLESS}"),
        ([volume("v")], [claim("c", of="unheard-of")],
         f"0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. {HELPLESS}"),
        ([volume("v")], [claim("c", volume="v", bound=False)],
         f"0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. {HELPLESS}"),
        ([volume("v", labels={ZONE: "2"})], [claim("c", volume="v")], "b"),
        ([volume("v", labels={ZONE: "1__2"})], [claim("c", volume="v")], "a b"),
        ([volume("v", labels={ZONE: "3__"})], [claim("c", volume="v")], "a b"),
        ([volume("v", labels={OLD_ZONE: "1"})], [claim("c", volume="v")], "a"),
        ([volume("v", labels={"topology.kubernetes.io/region": "r"})], [claim("c", volume="v")],
         f"0/2 nodes are available: 2 node(s) had no available volume zone. {HELPLESS}"),
    ],
)  # fmt: skip
def test_a_pod_goes_where_its_volume_is(
    volumes: list[Obj], claims: list[Obj], expected: str, make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(make_node("a", labels={ZONE: "1"}), make_node("b", labels={ZONE: "2"}))
    stock(cluster, volumes=volumes, claims=claims, classes=[storage_class(), storage_class("now", mode="Immediate")])
    assert outcome(cluster, make_info(volumes=using("c"))) == expected


def test_a_node_without_zones_takes_volumes_of_all(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a", labels={ZONE: "1"}), make_node("b"))
    stock(cluster, volumes=[volume("v", labels={ZONE: "2"})], claims=[claim("c", volume="v")])
    assert outcome(cluster, make_info(volumes=using("c"))) == "b"


def test_all_claims_count(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    stock(cluster, volumes=[volume("v", on="a"), volume("w", on="b")], claims=[claim("c", volume="v"),
                                                                              claim("d", volume="w")])  # fmt: skip
    assert outcome(cluster, make_info(volumes=using("c"))) == "a"
    assert outcome(cluster, make_info(volumes=using("c", "d"))) == f"0/2 nodes are available: 2 {AFFINITY}. {HELPLESS}"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([claim("p-scratch", volume="v", owner="uid-p")], "b"),
        ([], '0/2 nodes are available: waiting for ephemeral volume controller to create the persistentvolumeclaim '
         f'"p-scratch". {HELPLESS}'),
        ([claim("p-scratch", volume="v")], "0/2 nodes are available: PVC default/p-scratch was not created for pod "
         f"default/p (pod is not owner). {HELPLESS}"),
        ([claim("p-scratch", volume="v", owner="uid-q")], "0/2 nodes are available: PVC default/p-scratch was not "
         f"created for pod default/p (pod is not owner). {HELPLESS}"),
        # Volumes' labels count for claims that users made only; that the volume is not there is said of every node.
        ([claim("p-scratch", volume="x", owner="uid-p")], "0/2 nodes are available: 2 node(s) unavailable due to one "
         f"or more pvc(s) bound to non-existent pv(s). {HELPLESS}"),
    ],
)  # fmt: skip
def test_a_claim_that_is_made_for_the_pod_must_be_its_own(
    claims: list[Obj], expected: str, make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    stock(cluster, volumes=[volume("v", on="b", labels={ZONE: "9"})], claims=claims)
    pod = make_info(volumes=[{"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}}])
    assert outcome(cluster, pod) == expected


FULL = "node(s) exceed max volume count"


def test_a_node_takes_so_many_volumes_of_a_driver(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    stock(cluster, volumes=[volume(f"v{n}", handle=f"h{n}") for n in range(4)],
          claims=[claim(f"c{n}", volume=f"v{n}") for n in range(4)],
          csinodes=[csinode("a", **{HERE: 2}), csinode("b", other_driver=0)])  # fmt: skip
    for pod in ("c0", "c1"):
        cluster.assign(make_info(pod, volumes=using(pod)), "a")
    assert outcome(cluster, make_info(volumes=using("c2"))) == "b"
    assert outcome(cluster, make_info(volumes=using("c1"))) == "a b"  # it hangs there already
    stock(cluster, csinodes=[csinode("b", **{HERE: 1})])
    assert outcome(cluster, make_info(volumes=using("c2", "c3"))) == (
        f"0/2 nodes are available: 2 {FULL}. "
        "preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.")  # fmt: skip
    cluster.release(("default", "c0"))
    assert outcome(cluster, make_info(volumes=using("c2", "c1"))) == "a"


def test_a_volume_is_counted_once_however_many_pods_have_it(
    make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(make_node("a"))
    stock(cluster, volumes=[volume("v", handle="h"), volume("w", handle="i")],
          claims=[claim("c", volume="v"), claim("d", volume="w")], csinodes=[csinode("a", **{HERE: 2})])  # fmt: skip
    for name in "xyz":
        cluster.assign(make_info(name, volumes=using("c")), "a")
    assert outcome(cluster, make_info(volumes=using("d"))) == "a"
    for name in "xyz":
        cluster.release(("default", name))
    assert not cluster.columns.volumes.attached.counts[DRIVER].any()


def test_what_hangs_on_a_node_without_a_pod_counts(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("b"))
    stock(cluster, attachments=[attachment("at", "a", "v")], csinodes=[csinode("a", **{HERE: 1})],
          volumes=[volume("v", handle="h"), volume("w", handle="i")],
          claims=[claim("c", volume="v"), claim("d", volume="w")])  # fmt: skip
    cluster.set_node(facts(make_node("a")))
    assert outcome(cluster, make_info(volumes=using("d"))) == "b"
    assert outcome(cluster, make_info(volumes=using("c"))) == "a b"
    cluster.assign(make_info("x", volumes=using("c")), "a")  # the same volume
    assert cluster.columns.volumes.attached.counts[DRIVER].sum() == 1
    happened = cluster.columns.volumes.set_attachment("at", None)
    assert happened == {Happening.VOLUME_DETACHED}
    cluster.release(("default", "x"))
    assert outcome(cluster, make_info(volumes=using("d"))) == "a b"


def test_a_volume_that_is_to_be_made_counts_for_its_provisioner(
    make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(make_node("a"))
    stock(cluster, classes=[storage_class("fast", DRIVER)], csinodes=[csinode("a", **{HERE: 1})],
          claims=[claim("c", of="fast"), claim("d", of="fast")])  # fmt: skip
    cluster.assign(make_info("x", volumes=using("c")), "a")
    assert FULL in outcome(cluster, make_info(volumes=using("d")))
    stock(cluster, volumes=[volume("v", handle="h")], claims=[claim("c", of="fast", volume="v")])
    assert cluster.columns.volumes.attached.counts[DRIVER].sum() == 1  # now by its name
    assert FULL in outcome(cluster, make_info(volumes=using("d")))


ONCE = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"


def test_a_claim_for_one_pod_is_in_use_everywhere(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    stock(cluster, volumes=[volume("v")], claims=[claim("c", volume="v", modes=("ReadWriteOncePod",))])
    pod = make_info("p", volumes=using("c"))
    assert outcome(cluster, pod) == "a b"
    cluster.assign(make_info("x", volumes=using("c")), "a")
    assert outcome(cluster, pod) == (
        f"0/2 nodes are available: 2 {ONCE}. "
        "preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.")  # fmt: skip


def test_only_one_pod_of_a_round_gets_a_claim_for_one_pod(
    make_cluster: Make, make_node: Make, make_info: Make, rng: Any
) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    stock(cluster, volumes=[volume("v")], claims=[claim("c", volume="v", modes=("ReadWriteOncePod",))])
    pods = [make_info(name, volumes=using("c")) for name in "xyz"]
    decisions = schedule(pods, cluster.columns, rng)
    assert [bool(decision.node) for decision in decisions] == [True, False, False]
    assert not cluster.columns.volumes.users(("default", "c"))  # the round decided on a copy


def test_a_more_important_pod_has_the_holder_of_its_claim_removed(
    make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    nodes = [make_node(f"n{number:03}") for number in range(200)]
    cluster = make_cluster(*nodes)
    stock(cluster, volumes=[volume("v")], claims=[claim("c", volume="v", modes=("ReadWriteOncePod",))])
    for number in range(200):
        volumes = using("c") if number == 190 else []
        cluster.assign(make_info(f"x{number}", volumes=volumes), f"n{number:03}")
    found = Preemptor(cluster).preempt(make_info("p", priority=10, volumes=using("c")))
    assert found is not None
    assert (found.node, [victim.name for victim in found.victims]) == ("n190", ["x190"])


def test_a_more_important_pod_has_volumes_detached(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"))
    stock(cluster, volumes=[volume(f"v{n}", handle=f"h{n}") for n in range(3)],
          claims=[claim(f"c{n}", volume=f"v{n}") for n in range(3)], csinodes=[csinode("a", **{HERE: 2})])  # fmt: skip
    cluster.assign(make_info("low", volumes=using("c0")), "a")
    cluster.assign(make_info("mid", volumes=using("c1"), priority=5), "a")
    found = Preemptor(cluster).preempt(make_info("p", priority=10, volumes=using("c2")))
    assert found is not None
    assert [victim.name for victim in found.victims] == ["low"]


DISKS: list[tuple[Obj, Obj, bool]] = [
    ({"gcePersistentDisk": {"pdName": "d"}}, {"gcePersistentDisk": {"pdName": "d"}}, True),
    ({"gcePersistentDisk": {"pdName": "d"}}, {"gcePersistentDisk": {"pdName": "e"}}, False),
    ({"gcePersistentDisk": {"pdName": "d", "readOnly": True}}, {"gcePersistentDisk": {"pdName": "d"}}, True),
    ({"gcePersistentDisk": {"pdName": "d", "readOnly": True}},
     {"gcePersistentDisk": {"pdName": "d", "readOnly": True}}, False),
    ({"awsElasticBlockStore": {"volumeID": "d", "readOnly": True}},
     {"awsElasticBlockStore": {"volumeID": "d", "readOnly": True}}, True),
    ({"iscsi": {"iqn": "d", "targetPortal": "x", "lun": 0}}, {"iscsi": {"iqn": "d", "targetPortal": "y", "lun": 1}},
     True),
    ({"iscsi": {"iqn": "d", "readOnly": True}}, {"iscsi": {"iqn": "d", "readOnly": True}}, False),
    ({"rbd": {"monitors": ["1", "2"], "pool": "p", "image": "d"}},
     {"rbd": {"monitors": ["2", "3"], "pool": "p", "image": "d"}}, True),
    ({"rbd": {"monitors": ["1"], "pool": "p", "image": "d"}},
     {"rbd": {"monitors": ["3"], "pool": "p", "image": "d"}}, False),
    ({"rbd": {"monitors": ["1"], "pool": "p", "image": "d"}},
     {"rbd": {"monitors": ["1"], "pool": "q", "image": "d"}}, False),
    ({"gcePersistentDisk": {"pdName": "d"}}, {"awsElasticBlockStore": {"volumeID": "d"}}, False),
]  # fmt: skip


@pytest.mark.parametrize(("there", "wanted", "conflict"), DISKS)
def test_disks_that_a_pod_names_itself(
    there: Obj, wanted: Obj, conflict: bool, make_cluster: Make, make_node: Make, make_info: Make
) -> None:
    cluster = make_cluster(make_node("a"), make_node("b"))
    cluster.assign(make_info("x", volumes=[{"name": "v", **there}]), "a")
    pod = make_info(volumes=[{"name": "v", **wanted}])
    assert outcome(cluster, pod) == ("b" if conflict else "a b")
    cluster.assign(make_info("y", volumes=[{"name": "v", **there}]), "b")
    if conflict:
        assert outcome(cluster, pod).startswith("0/2 nodes are available: 2 node(s) had no available disk. ")
    cluster.release(("default", "x"))
    assert outcome(cluster, pod) == ("a" if conflict else "a b")


def test_pods_without_volumes_are_not_concerned(make_cluster: Make, make_node: Make, make_info: Make) -> None:
    cluster = make_cluster(make_node("a"))
    token = [{"name": "token", "projected": {"sources": []}}, {"name": "tmp", "emptyDir": {}}]
    assert make_info(volumes=token).demand is make_info().demand
    assert cluster.columns.scratch().volumes._shared
