"""What every pod gets on the way in: tolerations for a node's short absence, a service account's token.

Kubernetes' admission plugins of the same names; https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from typing import Any

import orjson

from services.apiserver.admission.chain import Request
from services.apiserver.watching.cache import Cache
from services.objects import names
from services.objects.errors import Forbidden
from services.objects.kinds import SERVICEACCOUNT
from services.objects.meta import Obj
from services.storage import keys
from services.storage.store import Readable

TOLERATED_SECONDS = 300
_ABSENCES = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN_SECONDS = 3607
_ATTEMPTS = 10
MIRROR = "kubernetes.io/config.mirror"


def default_tolerations(request: Request) -> None:
    """A pod stays five minutes on a node that is away, unless it says otherwise."""
    pod = request.new
    assert pod is not None
    tolerations: list[Obj] = list(pod.setdefault("spec", {}).get("tolerations") or ())
    for key in _ABSENCES:
        if not any(_tolerates(toleration, key) for toleration in tolerations):
            tolerations.append({"key": key, "operator": "Exists", "effect": "NoExecute",
                                "tolerationSeconds": TOLERATED_SECONDS})  # fmt: skip
    pod["spec"]["tolerations"] = tolerations


def _tolerates(toleration: Obj, key: str) -> bool:
    effect = toleration.get("effect") or "NoExecute"
    return effect == "NoExecute" and (toleration.get("key") or key) == key


class ServiceAccount:
    """Gives a pod its service account and, unless that is refused, the volume with its token."""

    def __init__(self, cache: Cache, reader: Readable, rng: random.Random) -> None:
        self._cache = cache
        self._reader = reader
        self._rng = rng

    def __call__(self, request: Request) -> Awaitable[None] | None:
        pod = request.new
        assert pod is not None
        if MIRROR in (pod["metadata"].get("annotations") or {}):
            return None
        spec = pod.setdefault("spec", {})
        name = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
        spec["serviceAccountName"] = spec["serviceAccount"] = name
        item = self._cache.get(SERVICEACCOUNT, request.target.namespace, name)
        if item is None:
            return self._confirm(request, name)
        self._mount(spec, item.json)
        return None

    async def _confirm(self, request: Request, name: str) -> None:
        pod = request.new
        assert pod is not None
        # A new namespace gets its account in a moment: a pod that comes with it waits a second, as in Kubernetes.
        for attempt in range(_ATTEMPTS if name == "default" else 1):
            if attempt:
                await asyncio.sleep(0.1)
            entry = await self._reader.get(keys.key(SERVICEACCOUNT, request.target.namespace, name))
            if entry is not None:
                break
        if entry is None:
            raise Forbidden.object("", "pods", pod["metadata"].get("name", ""),
                                   f'error looking up service account {request.target.namespace}/{name}: '
                                   f'serviceaccount "{name}" not found')  # fmt: skip
        self._mount(pod["spec"], entry.value)

    def _mount(self, spec: Obj, account_json: bytes) -> None:
        automount = spec.get("automountServiceAccountToken")
        if b'"imagePullSecrets"' in account_json or b'"automountServiceAccountToken"' in account_json:
            account: Obj = orjson.loads(account_json)
            if account.get("imagePullSecrets") and not spec.get("imagePullSecrets"):
                spec["imagePullSecrets"] = account["imagePullSecrets"]
            if automount is None:
                automount = account.get("automountServiceAccountToken")
        if automount is not False:
            mount_token(spec, names.generate("kube-api-access-", self._rng))


def mount_token(spec: Obj, volume: str) -> None:
    """Every container that has nothing there gets the token; the volume appears only when one does."""
    needed = False
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        mounts: list[Obj] = container.get("volumeMounts") or []
        if any(mount.get("mountPath") == TOKEN_PATH for mount in mounts):
            continue
        needed = True
        mount = {"name": volume, "mountPath": TOKEN_PATH, "readOnly": True}
        container["volumeMounts"] = [*mounts, mount]
    if needed:
        spec["volumes"] = [*(spec.get("volumes") or ()), _token_volume(volume)]


def _token_volume(name: str) -> Obj:
    sources: list[dict[str, Any]] = [
        {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace",
                                    "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
    ]  # fmt: skip
    return {"name": name, "projected": {"defaultMode": 0o644, "sources": sources}}
