"""Two nodes in containers: pods spread, Services reach across, a node dies and comes back."""

from __future__ import annotations

import urllib.request
from collections import Counter
from typing import Any

import pytest

from tests.e2e.compose.conftest import NETWORK, Compose, docker
from tests.e2e.harness import Kubectl, eventually

Obj = dict[str, Any]
NODES = ("node-1", "node-2")


def pod_spec(**more: Any) -> Obj:
    return {
        "terminationGracePeriodSeconds": 1,
        "containers": [
            {
                "name": "demo",
                "image": "pinnace/demo",
                "imagePullPolicy": "IfNotPresent",
                "ports": [{"containerPort": 8080}],
                "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1},
            }
        ],
        **more,
    }


def deployment(name: str, replicas: int, **spec: Any) -> Obj:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod_spec(**spec)},
        },
    }


def pod(name: str, node: str) -> Obj:
    spec = pod_spec(nodeSelector={"kubernetes.io/hostname": node})
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}}, "spec": spec}


def service(name: str, **spec: Any) -> Obj:
    ports = [{"port": 80, "targetPort": 8080, **({"nodePort": spec.pop("node_port")} if "node_port" in spec else {})}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": ports, **spec},
    }


def placed(kubectl: Kubectl, app: str) -> Counter[str]:
    """Node -> how many ready pods of the app it runs that are not being deleted."""
    ready: Counter[str] = Counter()
    for item in kubectl.get("pods", "-l", f"app={app}")["items"]:
        conditions = {c["type"]: c["status"] for c in item["status"].get("conditions", ())}
        if conditions.get("Ready") == "True" and "deletionTimestamp" not in item["metadata"]:
            ready[item["spec"]["nodeName"]] += 1
    return ready


def node_is(kubectl: Kubectl, node: str, ready: bool) -> bool:
    conditions = {c["type"]: c["status"] for c in kubectl.get("node", node)["status"]["conditions"]}
    return (conditions["Ready"] == "True") is ready


def containers_on(compose: Compose, node: str) -> str:
    return docker("exec", compose.container(node), "docker", "ps", "--all", "--format", "{{.Names}}")


def test_a_deployment_spreads_over_both_nodes(namespace: Kubectl) -> None:
    namespace.apply(deployment("spread", 4))
    namespace("rollout", "status", "deployment/spread", "--timeout=60s")
    assert placed(namespace, "spread") == {"node-1": 2, "node-2": 2}


@pytest.mark.parametrize(("here", "there"), [NODES, NODES[::-1]])
def test_a_service_reaches_a_pod_on_the_other_node(namespace: Kubectl, here: str, there: str) -> None:
    namespace.apply(pod("asks", here), pod("answers", there), service("answers", type="NodePort"))
    namespace("wait", "--for=condition=Ready", "pod/asks", "pod/answers", "--timeout=60s")
    address = namespace.get("service", "answers")["spec"]
    answering = namespace.get("pod", "answers")["status"]["podIP"]
    for url in (
        f"http://{answering}:8080/",
        f"http://{address['clusterIP']}/",
        "http://answers/",
        f"http://answers.{namespace.namespace}.svc.cluster.local/",
        *(f"http://{NETWORK}.{host}:{address['ports'][0]['nodePort']}/" for host in (11, 12)),
    ):
        told = eventually(
            lambda url=url: namespace.run("exec", "asks", "--", "timeout", "5", "wget", "-qO-", url).stdout, within=15
        )
        assert "hostname: answers" in told, url
    for host in (11, 12):
        # From outside the cluster, also by the node that does not run the pod.
        url = f"http://{NETWORK}.{host}:{address['ports'][0]['nodePort']}/"
        with urllib.request.urlopen(url, timeout=5) as answer:
            assert "hostname: answers" in answer.read().decode(), url


def test_the_api_is_reached_from_pods_on_both_nodes(namespace: Kubectl) -> None:
    namespace.apply(*(pod(f"on-{node}", node) for node in NODES))
    for node in NODES:
        namespace("wait", "--for=condition=Ready", f"pod/on-{node}", "--timeout=60s")
        # busybox has no TLS that the apiserver takes: it answers a plain request with its 400.
        spoken = namespace("exec", f"on-{node}", "--", "sh", "-c", "nc -w 5 kubernetes.default 443 </dev/null; echo $?")
        assert spoken.strip().endswith("0"), spoken


def test_a_killed_nodes_pods_are_replaced_and_the_node_comes_back(compose: Compose, namespace: Kubectl) -> None:
    brief = [
        {"key": f"node.kubernetes.io/{taint}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 2}
        for taint in ("not-ready", "unreachable")
    ]
    namespace.apply(deployment("survives", 4, tolerations=brief), service("survives"), pod("asks", "node-1"))
    namespace("rollout", "status", "deployment/survives", "--timeout=60s")
    namespace("wait", "--for=condition=Ready", "pod/asks", "--timeout=60s")
    assert placed(namespace, "survives") == {"node-1": 2, "node-2": 2}

    docker("kill", compose.container("node-2"))
    eventually(lambda: node_is(namespace, "node-2", ready=False), within=40)
    eventually(lambda: placed(namespace, "survives") == {"node-1": 4}, within=60)
    for _ in range(8):
        told = namespace("exec", "asks", "--", "timeout", "5", "wget", "-qO-", "http://survives/")
        assert "hostname: survives-" in told

    docker("start", compose.container("node-2"))
    eventually(lambda: node_is(namespace, "node-2", ready=True), within=60)
    # What was evicted while it was away is gone from it, and it takes pods again.
    eventually(lambda: len(namespace.get("pods", "-l", "app=survives")["items"]) == 4, within=60)
    eventually(lambda: "survives" not in containers_on(compose, "node-2"), within=30)
    namespace("scale", "deployment/survives", "--replicas=6")
    eventually(lambda: placed(namespace, "survives") == {"node-1": 4, "node-2": 2}, within=60)
    namespace("delete", "deployment/survives", "--timeout=60s")
