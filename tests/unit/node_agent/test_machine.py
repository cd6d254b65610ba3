from __future__ import annotations

from typing import Any

import pytest

from services.node_agent.pods.actions import (
    CreateSandbox,
    DeleteFromApi,
    DetachNetwork,
    PrepareVolumes,
    PullImage,
    RemoveContainer,
    RemoveSandbox,
    RemoveVolumes,
    Report,
    StartContainer,
    StopContainer,
)
from services.node_agent.pods.container import Policy
from services.node_agent.pods.events import Observed, Specified
from services.node_agent.pods.machine import replay
from tests.unit.node_agent.world import HOST, IP, World, make_pod


def started(pod: dict[str, Any], policy: Policy | None = None) -> World:
    world = World(pod, policy)
    world.settle()
    return world


def test_a_pod_starts_with_everything_it_can_at_once() -> None:
    world = World(make_pod())
    assert world.pending == [PrepareVolumes(), CreateSandbox(0), PullImage("web")]
    assert world.phase == "Pending"
    assert world.status("web")["state"] == {"waiting": {"reason": "ContainerCreating"}}
    world.settle()
    assert world.phase == "Running"
    assert world.reported["podIP"] == IP
    assert world.reported["hostIPs"] == [{"ip": HOST}]
    assert world.reported["qosClass"] == "BestEffort"
    assert world.status("web")["ready"] is True
    assert world.status("web")["containerID"].startswith("docker://c")
    conditions = {one["type"]: one["status"] for one in world.reported["conditions"]}
    assert conditions == {
        "PodReadyToStartContainers": "True", "Initialized": "True", "ContainersReady": "True", "Ready": "True"
    }  # fmt: skip


def test_others_conditions_are_kept() -> None:
    pod = make_pod()
    pod["status"]["conditions"] = [{"type": "PodScheduled", "status": "True"}]
    world = started(pod)
    assert world.condition("PodScheduled") == {"type": "PodScheduled", "status": "True"}


def test_nothing_new_says_nothing() -> None:
    world = started(make_pod())
    assert world.tell(Observed(world.seen())) == []


def test_init_containers_run_first_and_in_order() -> None:
    world = started(make_pod("web", init=({"name": "one", "image": "demo"}, {"name": "two", "image": "demo"})))
    assert [one.name for one in world.running()] == ["one"]
    assert world.status("web")["state"]["waiting"]["reason"] == "PodInitializing"
    assert world.condition("Initialized")["message"] == "containers with incomplete status: [one two]"
    world.exits("one", 0)
    world.settle()
    assert [one.name for one in world.running()] == ["two"]
    world.exits("two", 0)
    world.settle()
    assert [one.name for one in world.running()] == ["web"]
    assert world.phase == "Running"


def test_a_failing_init_container_is_tried_again() -> None:
    world = started(make_pod("web", init=({"name": "one", "image": "demo"},)))
    for _ in range(2):
        world.exits("one", 1)
        world.settle()
    assert world.phase == "Pending"
    assert world.status("one")["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    world.wait(10)
    world.settle()
    assert world.status("one")["restartCount"] == 2


def test_a_failing_init_container_fails_a_pod_that_never_restarts() -> None:
    world = started(make_pod("web", init=({"name": "one", "image": "demo"},), restartPolicy="Never"))
    world.exits("one", 1)
    world.settle()
    assert world.phase == "Failed"
    assert not world.running()


def test_a_sidecar_starts_before_and_stops_after() -> None:
    proxy = {"name": "proxy", "image": "demo", "restartPolicy": "Always", "startupProbe": {"failureThreshold": 3}}
    world = started(make_pod("web", init=(proxy,), restartPolicy="Never"))
    assert [one.name for one in world.running()] == ["proxy"]
    world.probed("proxy", "startup", ok=True)
    world.settle()
    assert {one.name for one in world.running()} == {"proxy", "web"}
    world.exits("web", 0)
    assert [one.container for one in world.pending if isinstance(one, StopContainer)] == ["proxy"]
    world.settle()
    assert world.phase == "Succeeded"


@pytest.mark.parametrize(
    ("policy", "code", "phase", "restarts"),
    [
        ("Always", 0, "Running", True),
        ("Always", 1, "Running", True),
        ("OnFailure", 0, "Succeeded", False),
        ("OnFailure", 1, "Running", True),
        ("Never", 0, "Succeeded", False),
        ("Never", 1, "Failed", False),
    ],
)
def test_restart_policy(policy: str, code: int, phase: str, restarts: bool) -> None:
    world = started(make_pod(restartPolicy=policy))
    world.exits("web", code)
    world.settle()
    assert world.phase == phase
    assert bool(world.running()) is restarts
    assert world.status("web")["restartCount"] == int(restarts)


def test_a_pod_that_is_over_keeps_its_containers_but_nothing_else() -> None:
    world = started(make_pod(restartPolicy="Never"))
    world.exits("web", 0)
    world.settle()
    assert len(world.containers) == 1
    assert not any((world.sandboxes, world.attached, world.volumes))
    assert world.reported["podIP"] == IP
    assert world.condition("Ready") | {"lastTransitionTime": ""} == {
        "type": "Ready", "status": "False", "reason": "PodCompleted", "lastTransitionTime": "", "lastProbeTime": None,
        "observedGeneration": 1,
    }  # fmt: skip
    assert world.status("web")["state"]["terminated"]["reason"] == "Completed"


def test_crash_loop_delays_double_and_end_at_the_longest() -> None:
    world = started(make_pod(), Policy(crash_base=10, crash_max=300))
    waits = []
    for _ in range(8):
        world.exits("web", 1)
        world.settle()
        if world.running():
            waits.append(0)
            continue
        assert world.timer is not None
        waits.append(round((world.timer - world.now).total_seconds()))
        assert world.status("web")["state"]["waiting"]["reason"] == "CrashLoopBackOff"
        world.wait(waits[-1])
        world.settle()
    assert waits == [0, 10, 20, 40, 80, 160, 300, 300]
    assert "back-off 10s restarting failed container=web pod=web_default(u1)" in [
        one["message"] for one in _waitings(world)
    ]


def _waitings(world: World) -> list[dict[str, Any]]:
    reports = [one.status for one in world.asked if isinstance(one, Report)]
    states = [one["state"] for status in reports for one in status["containerStatuses"]]
    return [state["waiting"] for state in states if "message" in state.get("waiting", {})]


def test_a_long_run_makes_crashes_forgotten() -> None:
    world = started(make_pod())
    for _ in range(3):
        world.exits("web", 1)
        world.settle()
        world.wait(60)
        world.settle()
    world.wait(600)
    world.exits("web", 1)
    world.settle()
    assert world.running("web")


def test_back_off_shows_the_last_state() -> None:
    world = started(make_pod())
    for code in (3, 4):
        world.exits("web", code)
        world.settle()
    assert world.status("web")["lastState"]["terminated"]["exitCode"] == 4
    assert world.status("web")["restartCount"] == 1
    assert "BackOff" in world.reasons()


@pytest.mark.parametrize(
    ("reason", "later"),
    [("ErrImagePull", "ImagePullBackOff"), ("ErrImageNeverPull", "ErrImageNeverPull"),
     ("InvalidImageName", "InvalidImageName")],
)  # fmt: skip
def test_images_that_do_not_come(reason: str, later: str) -> None:
    world = World(make_pod())
    world.finish(PullImage("web"), reason, "no such host")
    world.settle()
    assert world.status("web")["state"]["waiting"]["reason"] == reason
    world.wait(3)
    assert world.status("web")["state"]["waiting"]["reason"] == later
    world.wait(10)
    assert PullImage("web") in world.pending
    world.settle()
    assert world.phase == "Running"


def test_a_missing_config_map_is_waited_for() -> None:
    world = World(make_pod())
    while not any(isinstance(one, StartContainer) for one in world.pending):
        world.finish(world.pending[0])
    world.finish(world.pending[0], "CreateContainerConfigError", 'configmap "settings" not found')
    assert world.status("web")["state"]["waiting"] == {
        "reason": "CreateContainerConfigError", "message": 'configmap "settings" not found'
    }  # fmt: skip
    world.wait(2)
    world.settle()
    assert world.running("web")
    assert world.status("web")["restartCount"] == 0


def test_probes_follow_each_other() -> None:
    container = {"name": "web", "image": "demo", "startupProbe": {"failureThreshold": 3},
                 "livenessProbe": {"failureThreshold": 2}, "readinessProbe": {"successThreshold": 1}}  # fmt: skip
    world = started(make_pod(containers=[container]))
    assert {check for _, _, check in world.probes} == {"startup"}
    assert world.status("web")["started"] is False
    world.probed("web", "startup", ok=True)
    assert {check for _, _, check in world.probes} == {"liveness", "readiness"}
    assert world.status("web")["ready"] is False
    assert world.condition("Ready")["message"] == "containers with unready status: [web]"
    world.probed("web", "readiness", ok=True)
    assert world.status("web")["ready"] is True
    world.probed("web", "readiness", ok=False, times=3)
    assert world.status("web")["ready"] is False
    assert "Unhealthy" in world.reasons()
    assert world.running("web")


def test_a_sick_container_is_killed_and_started_again() -> None:
    probe = {"failureThreshold": 2, "terminationGracePeriodSeconds": 7}
    world = started(make_pod(containers=[{"name": "web", "image": "demo", "livenessProbe": probe}]))
    world.probed("web", "liveness", ok=False)
    assert not world.pending
    world.probed("web", "liveness", ok=False)
    (stop,) = world.pending
    assert isinstance(stop, StopContainer)
    assert stop.grace == 7
    assert any(one.message == "Container web failed liveness probe, will be restarted" for one in world.emitted)
    world.settle()
    assert world.running("web")
    assert world.status("web")["restartCount"] == 1
    assert world.status("web")["lastState"]["terminated"]["exitCode"] == 143


def test_a_new_image_replaces_the_container() -> None:
    world = started(make_pod())
    pod = {**world.pod, "spec": {**world.pod["spec"], "containers": [{"name": "web", "image": "demo:2"}]}}
    world.pod = pod
    world.tell(Specified(pod))
    world.settle()
    assert world.status("web")["restartCount"] == 1


def test_deletion_stops_then_removes_then_tells_the_api() -> None:
    world = started(make_pod("a", "b"))
    world.delete(30)
    stops = [one for one in world.pending if isinstance(one, StopContainer)]
    assert [one.grace for one in stops] == [30, 30]
    before = len(world.asked)
    world.settle()
    kinds = [type(one) for one in world.asked[before:]]
    assert world.deleted
    assert world.machine.finished
    order = [kinds.index(kind) for kind in (DetachNetwork, RemoveSandbox, RemoveVolumes, DeleteFromApi)]
    assert order == sorted(order)
    assert kinds.count(RemoveContainer) == 2
    assert world.phase == "Failed"  # 143: ended by SIGTERM


def test_a_shorter_grace_period_takes_over() -> None:
    world = started(make_pod())
    world.delete(30)
    world.wait(5)
    world.delete(3)
    assert [one.grace for one in world.pending if isinstance(one, StopContainer)] == [3]
    world.delete(20)  # never longer again
    assert [one.grace for one in world.pending if isinstance(one, StopContainer)] == [3]


def test_grace_period_zero_kills() -> None:
    world = started(make_pod())
    world.delete(0)
    assert [one.grace for one in world.pending if isinstance(one, StopContainer)] == [0]


def test_deletion_by_force_needs_no_word_to_the_api() -> None:
    world = started(make_pod())
    world.vanish()
    world.settle()
    assert world.machine.finished
    assert not world.deleted


def test_deletion_before_anything_began() -> None:
    world = World(make_pod())
    world.delete()
    world.settle()
    assert world.deleted
    assert not any(isinstance(one, StartContainer) for one in world.asked)


def test_a_dead_sandbox_takes_its_containers_with_it() -> None:
    init = ({"name": "one", "image": "demo"},)
    world = started(make_pod("web", init=init))
    world.exits("one", 0)
    world.settle()
    world.kill_sandbox()
    world.settle()
    assert [one.name for one in world.running()] == ["one"]  # init containers run again
    world.exits("one", 0)
    world.settle()
    assert world.status("web")["restartCount"] == 1
    assert {one.sandbox for one in world.running()} == {world.sandboxes[0].id}


def test_a_sandbox_that_cannot_be_made_is_tried_less_and_less_often() -> None:
    world = World(make_pod())
    tries = 0
    for _ in range(20):
        world.settle({CreateSandbox: "FailedCreatePodSandBox"})
        tries = sum(isinstance(one, CreateSandbox) for one in world.asked)
        world.wait(1)
    assert tries <= 6
    assert world.condition("PodReadyToStartContainers")["status"] == "False"


def test_an_agent_that_starts_again_changes_nothing() -> None:
    probe = {"failureThreshold": 1}
    world = started(make_pod(containers=[{"name": "web", "image": "demo", "readinessProbe": probe}]))
    world.probed("web", "readiness", ok=True)
    before, phases = list(world.containers), len(world.phases)
    world.agent()
    world.settle()
    assert world.containers == before
    assert len(world.phases) == phases, "it had nothing to say"
    assert world.status("web")["ready"] is True


def test_an_agent_that_starts_during_a_deletion_finishes_it() -> None:
    world = started(make_pod())
    world.delete(30)
    world.wait(25)
    world.agent()
    (stop,) = [one for one in world.pending if isinstance(one, StopContainer)]
    assert stop.grace == 5
    world.settle()
    assert world.deleted


def test_after_a_reboot_everything_starts_once_more() -> None:
    world = started(make_pod("a", "b"))
    world.reboot()
    world.settle()
    assert {one.name for one in world.running()} == {"a", "b"}
    assert world.status("a")["restartCount"] == 1
    assert world.attached


def test_a_pod_that_was_over_stays_over() -> None:
    world = started(make_pod(restartPolicy="Never"))
    world.exits("web", 1)
    world.settle()
    world.containers = []  # somebody pruned
    world.agent()
    world.settle()
    assert world.phase == "Failed"
    assert not world.containers


def test_a_container_removed_behind_our_back_is_lost_and_replaced() -> None:
    world = started(make_pod())
    world.containers = []
    world.tell(Observed(world.seen()))
    world.settle()
    assert world.running("web")
    assert world.status("web")["lastState"]["terminated"]["reason"] == "ContainerStatusUnknown"


def test_init_containers_pruned_behind_our_back_do_not_run_again() -> None:
    world = started(make_pod("web", init=({"name": "one", "image": "demo"},)))
    world.exits("one", 0)
    world.settle()
    world.containers = world.running("web")
    world.agent()
    world.settle()
    assert [one.name for one in world.containers] == ["web"]


def test_the_active_deadline_ends_a_pod() -> None:
    world = started(make_pod(activeDeadlineSeconds=60))
    world.wait(59)
    assert world.phase == "Running"
    world.wait(2)
    world.settle()
    assert world.phase == "Failed"
    assert world.reported["reason"] == "DeadlineExceeded"


def test_only_two_attempts_stay() -> None:
    world = started(make_pod())
    for _ in range(4):
        world.exits("web", 1)
        world.settle()
        world.wait(300)
        world.settle()
    assert [one.attempt for one in world.containers] == [3, 4]


def test_the_host_network_needs_no_address() -> None:
    world = started(make_pod(hostNetwork=True))
    assert world.reported["podIP"] == HOST
    assert not world.attached


def test_readiness_gates() -> None:
    world = started(make_pod(readinessGates=[{"conditionType": "example.com/ok"}]))
    assert world.condition("ContainersReady")["status"] == "True"
    assert world.condition("Ready")["reason"] == "ReadinessGatesNotReady"
    status = {**world.pod["status"], "conditions": [*world.pod["status"]["conditions"],
                                                    {"type": "example.com/ok", "status": "True"}]}  # fmt: skip
    world.tell(Specified({**world.pod, "status": status}))
    assert world.condition("Ready")["status"] == "True"


def test_what_others_write_over_is_said_again() -> None:
    world = started(make_pod())
    conditions = [{**one, "status": "False"} if one["type"] == "Ready" else one for one in world.reported["conditions"]]
    world.pod = {**world.pod, "status": {**world.pod["status"], "conditions": conditions}}
    assert [type(one) for one in world.tell(Specified(world.pod))] == [Report]
    assert world.tell(Specified(world.pod)) == []


def test_a_log_replays_to_the_same_state() -> None:
    world = started(make_pod("a", "b"))
    world.exits("a", 1)
    world.settle()
    again = replay(world.machine.log, HOST)
    assert again.in_flight == world.machine.in_flight
    assert {name: one.current for name, one in again.containers.items()} == {
        name: one.current for name, one in world.machine.containers.items()
    }
