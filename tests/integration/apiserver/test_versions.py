"""Every kubectl that is there: those beside the one in PATH and in PINNACE_KUBECTLS."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MANIFESTS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: web}}
spec: {containers: [{name: c, image: nginx}]}
"""


def kubectls() -> list[str]:
    found = shutil.which("kubectl")
    folders = [Path(found).resolve().parent] if found else []
    folders += [Path(folder) for folder in os.environ.get("PINNACE_KUBECTLS", "").split(os.pathsep) if folder]
    paths = [path for folder in folders for path in folder.glob("kubectl*")]
    return sorted(str(path) for path in paths if re.fullmatch(r"kubectl(\.[\d.]+)?", path.name))


@pytest.mark.parametrize("binary", kubectls(), ids=lambda path: Path(path).name)
def test_apply_and_watch(binary: str, make_kubectl: Callable[[str], Any]) -> None:
    kubectl = make_kubectl(binary)
    assert kubectl("apply", "-f", "-", stdin=MANIFESTS).count(" created") == 3
    changed = MANIFESTS.replace("image: nginx, ports", "image: nginx:2, ports")
    assert kubectl("apply", "-f", "-", stdin=changed).splitlines() == [
        "deployment.apps/web configured", "service/web unchanged", "pod/p unchanged"]  # fmt: skip
    unknown = MANIFESTS.replace("image: nginx}", "image: nginx, colour: red}")
    assert 'unknown field "spec.containers[0].colour"' in kubectl.refused("apply", "-f", "-", stdin=unknown)
    with kubectl.started("get", "pods", "-w", "--output-watch-events", "--no-headers") as watch:
        assert watch.stdout.readline().split()[:2] == ["ADDED", "p"]
        kubectl("label", "pod", "p", "a=b")
        assert watch.stdout.readline().split()[:2] == ["MODIFIED", "p"]
        kubectl("delete", "pod", "p")
        assert watch.stdout.readline().split()[:2] == ["DELETED", "p"]
    assert kubectl("create", "configmap", "c", "--from-literal=a=b") == "configmap/c created\n"
    assert kubectl("explain", "pod.spec.containers").count("\n") > 20
