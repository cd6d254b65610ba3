"""The ground that load stands on: a namespace of its own, pods that nothing ever runs, and their removal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from services.load.endpoint import Endpoint
from services.load.http import Connection, HttpError, Response

NOWHERE = "pinnace-load-nowhere"
DEADLINE = 300.0  # seconds to remove everything


class Refused(Exception):
    """The API did not do what the run cannot go on without."""


def checked(response: Response, what: str, *also: int) -> Any:
    """The decoded body of a success (or of a status in `also`); raises Refused."""
    if response.status >= 300 and response.status not in also:
        raise Refused(f"{what}: {response.status} {message(response)}")
    return orjson.loads(response.body) if response.body else {}


def message(response: Response) -> str:
    """Why the API refused."""
    try:
        status = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return response.body[:200].decode(errors="replace")
    return str(status.get("message", "")) if isinstance(status, dict) else ""


class Ground:
    """A namespace for the run. Every path and body that measures send is made here."""

    def __init__(self, endpoint: Endpoint, namespace: str, payload: int = 0) -> None:
        self.endpoint = endpoint
        self.namespace = namespace
        self.pods_path = f"/api/v1/namespaces/{namespace}/pods"
        template = orjson.dumps(_pod("NAME", payload))
        self._before, self._after = template.split(b'"NAME"')

    async def connect(self, count: int) -> list[Connection]:
        """In groups, so that a server's accept queue is not what is measured."""
        connections: list[Connection] = []
        while len(connections) < count:
            group = min(16, count - len(connections))
            connections += await asyncio.gather(*(self.endpoint.connect() for _ in range(group)))
        return connections

    @staticmethod
    def name(number: int) -> str:
        return f"load-{number:07d}"

    def create(self, number: int) -> bytes:
        body = b'%s"%s"%s' % (self._before, self.name(number).encode(), self._after)
        return self.endpoint.requests.make("POST", self.pods_path, body)

    def get(self, number: int) -> bytes:
        return self.endpoint.requests.make("GET", f"{self.pods_path}/{self.name(number)}")

    def patch(self, number: int, annotation: str) -> bytes:
        body = b'{"metadata":{"annotations":{"load":"%s"}}}' % annotation.encode()
        return self.endpoint.requests.make(
            "PATCH", f"{self.pods_path}/{self.name(number)}", body, "application/merge-patch+json"
        )

    def list(self, **options: str) -> bytes:
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return self.endpoint.requests.make("GET", self.pods_path + (f"?{query}" if query else ""))


def _pod(name: str, payload: int) -> dict[str, Any]:
    """Like a small real pod, but with a scheduler and a node label that nobody has: the API alone is measured."""
    annotations = {"payload": "x" * payload} if payload else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "load"}, "annotations": annotations},
        "spec": {
            "schedulerName": NOWHERE,
            "nodeSelector": {NOWHERE: "true"},
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "containers": [{
                "name": "main", "image": "example.com/load:1", "command": ["/bin/serve", "--port=8080"],
                "env": [{"name": "MODE", "value": "load"}], "ports": [{"name": "http", "containerPort": 8080}],
                "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
            }],
        },
    }  # fmt: skip


@asynccontextmanager
async def ground(
    endpoint: Endpoint, namespace: str, payload: int = 0, *, account_within: float = 5.0
) -> AsyncIterator[Ground]:
    """Makes the namespace and removes it with everything in it, whatever happened in between. Raises Refused.

    `account_within` is how many seconds a controller has to make the namespace's ServiceAccount.
    """
    connection = await endpoint.connect()
    try:
        body = orjson.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        made = await connection.request(endpoint.requests.make("POST", "/api/v1/namespaces", body))
        checked(made, f"namespace {namespace} cannot be made")
        await _ensure_account(endpoint, connection, namespace, account_within)
    finally:
        connection.close()
    try:
        yield Ground(endpoint, namespace, payload)
    finally:
        async with asyncio.timeout(DEADLINE):
            await _remove(endpoint, namespace)


async def _ensure_account(endpoint: Endpoint, connection: Connection, namespace: str, within: float) -> None:
    """Pods are refused before their namespace's ServiceAccount exists; where no controller makes it, we do."""
    accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    request = endpoint.requests.make("GET", f"{accounts}/default")
    for _ in range(int(within / 0.05)):
        if (await connection.request(request)).status == 200:
            return
        await asyncio.sleep(0.05)
    body = b'{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default"}}'
    made = await connection.request(endpoint.requests.make("POST", accounts, body))
    checked(made, f"the service account of namespace {namespace} cannot be made", 409)


async def _remove(endpoint: Endpoint, namespace: str) -> None:
    connection = await endpoint.connect()
    pods = f"/api/v1/namespaces/{namespace}/pods"
    options = b'{"gracePeriodSeconds":0,"propagationPolicy":"Background"}'
    try:
        while True:
            gone = await connection.request(endpoint.requests.make("DELETE", pods, options))
            left = await connection.request(endpoint.requests.make("GET", f"{pods}?limit=1"))
            if left.status == 200 and not orjson.loads(left.body)["items"]:
                break
            if gone.status >= 400 and gone.status not in (429, 500, 504):
                raise Refused(f"the pods of namespace {namespace} cannot be removed: {message(gone)}")
        removed = await connection.request(endpoint.requests.make("DELETE", f"/api/v1/namespaces/{namespace}"))
        checked(removed, f"namespace {namespace} cannot be removed", 404, 409)
    except HttpError as error:
        raise Refused(f"namespace {namespace} is left behind: {error}") from error
    finally:
        connection.close()
