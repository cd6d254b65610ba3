"""The manifests of deploy/examples, as a user would apply them."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest

from tests.e2e.harness import Cluster, Kubectl, eventually

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"


def test_webapp_containers_reach_each_other_over_localhost(namespace: Kubectl) -> None:
    namespace("apply", "-f", str(EXAMPLES / "webapp-pod.yaml"))
    namespace("wait", "--for=condition=Ready", "pod/webapp", "--timeout=60s")
    from_frontend = namespace(
        "exec", "webapp", "-c", "frontend", "--", "sh", "-c", "echo PING | nc -w 2 127.0.0.1 6379"
    )
    assert "+PONG" in from_frontend
    from_backend = namespace("exec", "webapp", "-c", "backend", "--", "wget", "-qO-", "http://localhost/")
    assert "frontend" in from_backend


def test_webapp_with_an_emptydir_shares_it(namespace: Kubectl) -> None:
    namespace("apply", "-f", str(EXAMPLES / "webapp-pod-shared.yaml"))
    namespace("wait", "--for=condition=Ready", "pod/webapp-shared", "--timeout=60s")
    namespace("exec", "webapp-shared", "-c", "frontend", "--", "sh", "-c", "echo from-frontend > /shared/note")
    assert namespace("exec", "webapp-shared", "-c", "backend", "--", "cat", "/shared/note") == "from-frontend\n"


def test_my_service_gets_the_nodes_address_and_answers(namespace: Kubectl) -> None:
    namespace.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "my-app", "labels": {"app": "my-app"}},
            "spec": {
                "containers": [
                    {
                        "name": "app",
                        "image": "pinnace/demo",
                        "imagePullPolicy": "IfNotPresent",
                        "env": [{"name": "PORT", "value": "9376"}],
                    }
                ]
            },
        }
    )
    namespace("apply", "-f", str(EXAMPLES / "my-service.yaml"))
    namespace("wait", "--for=condition=Ready", "pod/my-app", "--timeout=60s")
    address = eventually(
        lambda: namespace("get", "service", "my-service", "-o", "jsonpath={.status.loadBalancer.ingress[0].ip}")
    )
    node = namespace("get", "nodes", "-o", "jsonpath={.items[0].status.addresses[?(@.type=='InternalIP')].address}")
    assert address == node
    assert "hostname: my-app" in eventually(lambda: fetch(f"http://{address}/"), within=20)


def fetch(url: str) -> str:
    """The body, "" when nobody answers yet."""
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


@pytest.mark.parametrize("image", ["pinnace/demo:latest", "pinnace/demo:v1"])
def test_an_image_built_by_docker_runs_at_once(
    namespace: Kubectl, cluster: Cluster, image: str, tmp_path: Path
) -> None:
    """A tag that no registry knows: the node uses its engine's own images."""
    tag = image.replace("pinnace/demo", "example.test/mine")
    (tmp_path / "Dockerfile").write_text("FROM pinnace/demo:latest\nENV PORT=8081\nLABEL mine=yes\n")
    cluster.engine.docker("build", "-q", "-t", tag, str(tmp_path))
    namespace("run", "mine", f"--image={tag}", "--image-pull-policy=IfNotPresent")
    namespace("wait", "--for=condition=Ready", "pod/mine", "--timeout=30s")
    assert "8081" in eventually(lambda: namespace("logs", "mine"), within=10)
