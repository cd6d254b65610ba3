"""Images pulled from a real registry on loopback."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest
import yaml

from services.node_agent.engine.docker import DockerEngine
from services.node_agent.engine.local_image import import_image
from services.node_agent.images import Images, PullFailed

DOCKER = "unix:///var/run/docker.sock"
DEADLINE = 20.0


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port; Docker speaks plain HTTP to loopback."""
    folder = tmp_path_factory.mktemp("registry")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    config = {"version": 0.1, "http": {"addr": address}, "storage": {"filesystem": {"rootdirectory": str(folder)}}}
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", str(folder / "config.yml")], stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        yield address
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
async def engine(registry: str) -> AsyncIterator[DockerEngine]:
    engine = DockerEngine(DOCKER, f"pulling-{os.getpid()}")
    async with asyncio.timeout(DEADLINE):
        host, port = registry.split(":")
        while True:
            try:
                _, writer = await asyncio.open_connection(host, int(port))
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            break
    yield engine
    for image in await engine.docker.images.list():
        names = [*(image.get("RepoTags") or ()), *(image.get("RepoDigests") or ())]
        if any(name.startswith(registry) for name in names):
            await engine.docker.images.delete(image["Id"], force=True)
    await engine.close()


async def publish(engine: DockerEngine, tag: str, content: bytes) -> str:
    """Makes an image of one file, pushes it and forgets it here; returns its id."""
    made = await import_image(engine.docker, tag, {"file": content}, {"Cmd": ["/file"]})
    await engine.docker.images.push(tag)
    await engine.docker.images.delete(tag, force=True)
    return made


def say() -> None:
    """Nobody listens to the progress here."""


def container(image: str, policy: str) -> dict[str, str]:
    return {"name": "main", "image": image, "imagePullPolicy": policy}


async def test_an_image_that_is_missing_is_pulled_once(engine: DockerEngine, registry: str) -> None:
    tag = f"{registry}/once:1"
    made = await publish(engine, tag, b"first")
    images = Images(engine)
    assert await images.ensure(container(tag, "IfNotPresent"), (), say) == (made, True)
    assert await images.ensure(container(tag, "IfNotPresent"), (), say) == (made, False)
    assert await images.ensure(container(tag, "Never"), (), say) == (made, False)


async def test_always_takes_what_the_registry_has_now(engine: DockerEngine, registry: str) -> None:
    tag = f"{registry}/moving:1"
    first = await publish(engine, tag, b"first")
    images = Images(engine)
    assert (await images.ensure(container(tag, "Always"), (), say))[0] == first
    aside = f"{registry}/aside:1"
    await engine.docker.images.tag(tag, repo=aside.rpartition(":")[0], tag="1")
    second = await publish(engine, tag, b"second")
    await engine.docker.images.tag(aside, repo=tag.rpartition(":")[0], tag="1")
    assert (await images.ensure(container(tag, "IfNotPresent"), (), say))[0] == first
    assert (await images.ensure(container(tag, "Always"), (), say))[0] == second != first


async def test_what_the_registry_does_not_know_fails_with_its_words(engine: DockerEngine, registry: str) -> None:
    with pytest.raises(PullFailed) as caught:
        await Images(engine).ensure(container(f"{registry}/nobody:1", "IfNotPresent"), (), say)
    assert caught.value.reason == "ErrImagePull"
    assert "not found" in str(caught.value)


async def test_a_registry_that_is_away_fails_with_its_address(engine: DockerEngine) -> None:
    with pytest.raises(PullFailed) as caught:
        await Images(engine).ensure(container("127.0.0.1:1/any:1", "IfNotPresent"), (), say)
    assert "127.0.0.1:1" in str(caught.value)
