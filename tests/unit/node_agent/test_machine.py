from __future__ import annotations

import pytest

from services.node_agent.pods.actions import (
    CreateSandbox,
    PrepareVolumes,
    PullImage,
    Report,
    StartContainer,
    StopContainer,
)
from services.node_agent.pods.container import hash_of
from services.node_agent.pods.events import ContainerView, Observed, Specified, Succeeded
from tests.unit.node_agent.world import HOST, IP, World, make_pod, started


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


def test_a_new_image_replaces_the_container() -> None:
    world = started(make_pod())
    pod = {**world.pod, "spec": {**world.pod["spec"], "containers": [{"name": "web", "image": "demo:2"}]}}
    world.pod = pod
    world.tell(Specified(pod))
    world.settle()
    assert world.status("web")["restartCount"] == 1


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


def test_a_container_counts_as_started_when_its_hook_has_ended() -> None:
    """It runs before: the engine says so, and traffic and probes wait all the same."""
    pod = make_pod()
    pod["spec"]["containers"][0] |= {"livenessProbe": {"exec": {"command": ["true"]}}}
    world = World(pod)
    while not (starts := [one for one in world.pending if isinstance(one, StartContainer)]):
        world.finish(world.pending[0])
    (start,) = starts
    spec = hash_of(pod["spec"]["containers"][0])
    world.containers.append(ContainerView("c99", "web", 0, start.sandbox, "running", spec, image_id="sha256:1",
                                          started_at=world.now))  # fmt: skip
    world.tell(Observed(world.seen()))
    assert (world.status("web")["started"], world.status("web")["ready"], world.probes) == (False, False, set())
    assert world.condition("Ready")["status"] == "False"
    world.pending.remove(start)
    world.tell(Succeeded(start, "", world.seen()))
    assert (world.status("web")["started"], world.status("web")["ready"]) == (True, True)
    assert world.probes == {("web", "c99", "liveness")}
    assert world.condition("Ready")["status"] == "True"
