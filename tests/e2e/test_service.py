"""Services: every type, from a pod and from the host; readiness; names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson

from tests.e2e.harness import Cluster, Kubectl, eventually
from tests.e2e.test_deployment import deployment
from tests.e2e.test_examples import fetch
from tests.e2e.test_kubectl import pod, running


def service(name: str, app: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": app}, "ports": [{"port": 80, "targetPort": 8080}], **spec},
    }


def hostnames(answers: list[str]) -> set[str]:
    return {line.split()[1] for answer in answers for line in answer.splitlines() if line.startswith("hostname:")}


def from_pod(kubectl: Kubectl, url: str, times: int = 1) -> list[str]:
    script = f"for i in $(seq {times}); do timeout 3 wget -qO- {url}; done"
    return kubectl("exec", "client", "--", "sh", "-c", script).splitlines()


def test_a_service_balances_over_ready_pods_from_pod_and_host(namespace: Kubectl) -> None:
    namespace.apply(
        deployment("web", 3),
        service("plain", "web"),
        service("ported", "web", type="NodePort"),
        service("balanced", "web", type="LoadBalancer", ports=[{"port": 8088, "targetPort": 8080}]),
    )
    running(namespace, pod("client"))
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    pods = set(namespace("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].metadata.name}").split())
    assert len(pods) == 3
    address = namespace("get", "service", "plain", "-o", "jsonpath={.spec.clusterIP}")
    node = namespace("get", "nodes", "-o", "jsonpath={.items[0].status.addresses[?(@.type=='InternalIP')].address}")
    port = namespace("get", "service", "ported", "-o", "jsonpath={.spec.ports[0].nodePort}")
    assert 30000 <= int(port) <= 32767
    for url in (f"http://{address}/", f"http://{node}:{port}/", f"http://{node}:8088/"):
        eventually(lambda url=url: fetch(url), within=20)
        assert hostnames([fetch(url) for _ in range(40)]) == pods, url
    eventually(lambda: hostnames(from_pod(namespace, f"http://{address}/", 40)) == pods, within=30)
    for url in (f"http://{node}:{port}/", f"http://{node}:8088/"):
        assert hostnames(from_pod(namespace, url, 40)) == pods, url
    assert hostnames(from_pod(namespace, "http://plain/", 5)) <= pods


def test_names_resolve_in_pods(namespace: Kubectl) -> None:
    space = namespace.namespace
    namespace.apply(deployment("web", 2), service("web", "web"), service("headless", "web", clusterIP="None"))
    running(namespace, pod("client"))
    namespace("rollout", "status", "deployment/web", "--timeout=60s")
    address = namespace("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")
    for name in ("web", f"web.{space}", f"web.{space}.svc", f"web.{space}.svc.cluster.local"):
        answer = from_pod(namespace, f"http://{name}/")
        assert hostnames(answer), name
    looked_up = namespace("exec", "client", "--", "nslookup", f"web.{space}.svc.cluster.local")
    assert address in looked_up
    pods = set(namespace("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].status.podIP}").split())

    def headless() -> bool:
        answer = namespace("exec", "client", "--", "nslookup", f"headless.{space}.svc.cluster.local")
        return all(ip in answer for ip in pods)

    eventually(headless, within=20)
    missing = namespace.run("exec", "client", "--", "nslookup", f"nobody.{space}.svc.cluster.local")
    assert missing.returncode != 0
    assert f"search {space}.svc.cluster.local svc.cluster.local cluster.local" in namespace(
        "exec", "client", "--", "cat", "/etc/resolv.conf"
    )


def test_endpoints_follow_readiness(namespace: Kubectl) -> None:
    probe = {"exec": {"command": ["test", "-e", "/ready"]}, "periodSeconds": 1}
    namespace.apply(deployment("web", 1, readinessProbe=probe), service("web", "web"))

    def addresses() -> list[str]:
        slices = namespace.get("endpointslices", "-l", "kubernetes.io/service-name=web")["items"]
        return [a for s in slices for e in s["endpoints"] or () if e["conditions"]["ready"] for a in e["addresses"]]

    eventually(lambda: "Running" in namespace("get", "pods"))
    assert addresses() == []
    name = namespace("get", "pods", "-o", "jsonpath={.items[0].metadata.name}")
    namespace("exec", name, "--", "touch", "/ready")
    eventually(addresses, within=20)
    assert namespace.get("endpoints", "web")["subsets"][0]["addresses"][0]["ip"] == addresses()[0]
    namespace("exec", name, "--", "rm", "/ready")
    eventually(lambda: not addresses(), within=20)
    assert "0/1" in namespace("get", "pods")


def test_the_api_is_reachable_from_pods(namespace: Kubectl, cluster: Cluster, tmp_path: Path) -> None:
    """With the pod's own token, authority and network; busybox has no TLS client that would do, so Python lends one."""
    running(namespace, pod("client"))
    account = "/var/run/secrets/kubernetes.io/serviceaccount"
    token, authority = (namespace("exec", "client", "--", "cat", f"{account}/{name}") for name in ("token", "ca.crt"))
    (tmp_path / "ca.crt").write_text(authority)
    assert namespace("exec", "client", "--", "cat", f"{account}/namespace") == namespace.namespace
    assert "10.96.0.1" in namespace("exec", "client", "--", "nslookup", "kubernetes.default.svc.cluster.local")
    container = namespace("get", "pod", "client", "-o", "jsonpath={.status.containerStatuses[0].containerID}")
    pid = cluster.engine.docker("inspect", "-f", "{{.State.Pid}}", container.removeprefix("docker://")).strip()
    url = f"https://10.96.0.1/api/v1/namespaces/{namespace.namespace}/pods/client"
    script = (
        "import ssl, sys, urllib.request as r; "
        "q = r.Request(sys.argv[1], headers={'Authorization': 'Bearer ' + sys.argv[2]}); "
        "print(r.urlopen(q, context=ssl.create_default_context(cafile=sys.argv[3]), timeout=10).read().decode())"
    )
    command = [
        "nsenter",
        f"--net=/proc/{pid}/ns/net",
        sys.executable,
        "-c",
        script,
        url,
        token,
        str(tmp_path / "ca.crt"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert orjson.loads(done.stdout)["metadata"]["name"] == "client"
