"""Images for containers: what is here already comes first, a registry is asked only where the pull policy says so.

One difference to Kubernetes: an image without a repository digest was built or loaded on this node, no registry has a
newer one, so `Always` (the default for `:latest`) takes it as it is. Otherwise `docker build` and `kubectl run` with
the same untagged name would never meet.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import aiodocker
import aiohttp
import orjson

from services.node_agent.engine.docker import DockerEngine
from services.objects.meta import Obj

REFERENCE = re.compile(
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::\d+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
DOCKER_HUB = "https://index.docker.io/v1/"


class PullFailed(Exception):
    """`reason` is one of the kubelet's: ErrImagePull, ErrImageNeverPull, InvalidImageName."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Images:
    """Pulls of the same image at the same time are one pull."""

    def __init__(self, engine: DockerEngine) -> None:
        self._engine = engine
        self._locks: dict[str, asyncio.Lock] = {}

    async def ensure(
        self, container: Obj, credentials: Sequence[Mapping[str, Any]], pulling: Callable[[], None]
    ) -> tuple[str, bool]:
        """(image id, whether it was pulled). `credentials` are registry entries, the best first; `pulling` is called
        before a registry is asked. Raises PullFailed."""
        image = container.get("image", "")
        if not image or not REFERENCE.fullmatch(image):
            raise PullFailed("InvalidImageName", f'Failed to apply default image tag "{image}": couldn\'t parse image '
                             f'name "{image}": invalid reference format')  # fmt: skip
        policy = container.get("imagePullPolicy") or "IfNotPresent"
        here = await self._engine.inspect_image(image)
        if here is not None and (policy != "Always" or not here.get("RepoDigests")):
            return str(here["Id"]), False
        if policy == "Never":
            raise PullFailed("ErrImageNeverPull", f'Container image "{image}" is not present with pull policy of Never')
        pulling()
        async with self._locks.setdefault(image, asyncio.Lock()):
            await self._pull(image, credentials)
        here = await self._engine.inspect_image(image)
        if here is None:
            raise PullFailed("ErrImagePull", f'image "{image}" was pulled but is not present')
        return str(here["Id"]), True

    async def _pull(self, image: str, credentials: Sequence[Mapping[str, Any]]) -> None:
        problem = ""
        for entry in credentials or [{}]:
            headers = {"X-Registry-Auth": base64.urlsafe_b64encode(orjson.dumps(entry)).decode()} if entry else {}
            try:
                await self._fetch(image, headers)
                return
            except aiodocker.DockerError as error:
                problem = problem or error.message
        raise PullFailed("ErrImagePull", problem)

    async def _fetch(self, image: str, headers: Mapping[str, str]) -> None:
        """A failure comes either as an HTTP error or within the progress of a pull that has begun."""
        params = {"fromImage": image}
        if "@" not in image and ":" not in image.rsplit("/", 1)[-1]:
            params["tag"] = "latest"
        timeout = aiohttp.ClientTimeout(sock_connect=5, sock_read=300)
        async with self._engine.docker._query(
            "images/create", "POST", params=params, headers=headers, timeout=timeout
        ) as response:
            async for line in response.content:
                progress = orjson.loads(line)
                if progress.get("error"):
                    raise aiodocker.DockerError(500, progress["error"])


def registry_of(image: str) -> str:
    """`ghcr.io` of ghcr.io/a/b; Docker Hub where no registry is named."""
    first, slash, _ = image.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else "docker.io"


def credentials_for(image: str, secrets: Sequence[Obj]) -> list[dict[str, Any]]:
    """The entries of imagePullSecrets (dockerconfigjson or dockercfg, data decoded) that speak of this registry."""
    registry = registry_of(image)
    found = []
    for secret in secrets:
        data = {key: base64.b64decode(value) for key, value in (secret.get("data") or {}).items()}
        if ".dockerconfigjson" in data:
            entries = orjson.loads(data[".dockerconfigjson"]).get("auths") or {}
        else:
            entries = orjson.loads(data.get(".dockercfg", b"{}"))
        for server, entry in entries.items():
            host = re.sub(r"^https?://", "", server).split("/")[0]
            if host == registry or (registry == "docker.io" and host in ("index.docker.io", "registry-1.docker.io")):
                found.append(_auth(server, entry))
    return found


def _auth(server: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    user, password = entry.get("username", ""), entry.get("password", "")
    if entry.get("auth"):
        user, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
    return {"username": user, "password": password, "serveraddress": server or DOCKER_HUB}
