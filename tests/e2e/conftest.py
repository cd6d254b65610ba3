"""One real cluster for all end-to-end tests: own Docker Engine, own state directory, real etcd, real kubectl."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.harness import Cluster, Engine, Kubectl, eventually, kubectl_binaries, local_images

NUMBERS = itertools.count(1)  # a namespace that is still being deleted is nobody else's


@pytest.fixture(params=kubectl_binaries(), ids=lambda path: path.name)
def any_kubectl(request: pytest.FixtureRequest, cluster: Cluster) -> Kubectl:
    """One test run for every version of kubectl there is."""
    return Kubectl(cluster.kubeconfig, binary=str(request.param))


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    short = Path("/run") / f"pinnace-e2e-{os.getpid()}"  # the path of a socket has 107 bytes at most
    short.mkdir()
    engine = Engine(short, tmp_path_factory.mktemp("docker"))
    engine.start()
    try:
        yield engine
    finally:
        engine.remove()


@pytest.fixture(scope="session")
def cluster(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    directory = tmp_path_factory.mktemp("cluster")
    cluster = Cluster(directory / "state", directory / "kubeconfig", engine)
    local_images(engine)
    try:
        cluster.up()
        yield cluster
    finally:
        down = cluster.pinnace("down", "--purge")
        assert down.returncode == 0, down.stdout + down.stderr


@pytest.fixture(scope="session")
def kubectl(cluster: Cluster) -> Kubectl:
    return Kubectl(cluster.kubeconfig)


@pytest.fixture
def namespace(kubectl: Kubectl, request: pytest.FixtureRequest) -> Iterator[Kubectl]:
    """kubectl within a namespace of the test's own, emptied and deleted afterwards."""
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[-40:].strip("-")
    name = f"e2e-{next(NUMBERS)}-{words}"
    kubectl("create", "namespace", name)
    ours = kubectl.within(name)
    eventually(lambda: ours.run("get", "serviceaccount", "default").returncode == 0, within=10)
    yield ours
    kubectl("delete", "namespace", name, "--timeout=60s")
