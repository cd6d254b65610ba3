"""serviceaccounts/NAME/token: a TokenRequest answered with a signed token."""

from __future__ import annotations

import uuid
from datetime import timedelta

import orjson

from services.apiserver.admission.chain import Request
from services.apiserver.filters.service_accounts import Bound, Signer
from services.apiserver.handlers.core import Answer, Core, not_found
from services.apiserver.handlers.writing.decoding import decode_subresource
from services.apiserver.request import Caller, Target, WriteOptions
from services.objects import times
from services.objects.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound
from services.objects.kinds import NODE, POD, SECRET
from services.objects.kinds.authentication.tokenrequest import default_token_request, validate_token_request
from services.objects.meta import Obj

API_VERSION = "authentication.k8s.io/v1"


async def create_token(core: Core, signer: Signer | None, caller: Caller, target: Target, body: Obj,
                       options: WriteOptions) -> Answer:  # fmt: skip
    """Raises NotFound, Conflict (bound to something that is not what it says), Forbidden, Invalid."""
    if signer is None:
        raise NotFound.path()
    warnings = decode_subresource(core.schema, target, body, options)
    account = await core.live(Target(target.kind, target.namespace, target.name))
    if account is None:
        raise not_found(target)
    default_token_request(body)
    causes = validate_token_request(body)
    if causes:
        raise Invalid("authentication.k8s.io", "TokenRequest", target.name, causes)
    spec = body["spec"]
    seconds: int = spec["expirationSeconds"]
    await core.admission.admit(Request("create", caller, target, body, None, options.dry_run))
    bound, node = await _bound(core, caller, target, spec.get("boundObjectRef"))
    now = core.now()
    audiences = list(spec.get("audiences") or [signer.issuer])
    token = signer.token(account.object(), audiences, now, seconds, bound, node, str(uuid.uuid4()))
    metadata = {"name": target.name, "namespace": target.namespace, "creationTimestamp": times.rfc3339(now)}
    answer = {
        "kind": "TokenRequest", "apiVersion": API_VERSION, "metadata": metadata,
        "spec": {"audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": spec.get("boundObjectRef")},
        "status": {"token": token, "expirationTimestamp": times.rfc3339(now + timedelta(seconds=seconds))},
    }  # fmt: skip
    return Answer(201, orjson.dumps(answer), warnings)


async def _bound(core: Core, caller: Caller, target: Target, reference: Obj | None) -> tuple[Bound | None, Obj | None]:
    if not reference:
        if caller.node:
            raise Forbidden.object("", "serviceaccounts/token", target.name, "node requested token not bound to a pod")
        return None, None
    kind = {"Pod": POD, "Secret": SECRET}.get(reference.get("kind", ""))
    if kind is None:
        raise BadRequest(f"cannot bind token to object of type {reference.get('apiVersion')}/{reference.get('kind')}")
    name, uid = reference.get("name", ""), reference.get("uid", "")
    base = await core.live(Target(kind, target.namespace, name))
    if base is None:
        raise NotFound.object("", kind.plural, name)
    obj = base.object()
    if uid and obj["metadata"]["uid"] != uid:
        raise Conflict.object("", kind.plural, name, f"the UID in the bound object reference ({uid}) does not match "
                              "the UID in record. The object might have been deleted and then recreated")  # fmt: skip
    spec = obj.get("spec") or {}
    if kind is POD and spec.get("serviceAccountName") != target.name:
        raise BadRequest(f'cannot bind token for serviceaccount "{target.name}" to pod running with different '
                         "serviceaccount name.")  # fmt: skip
    if caller.node and (kind is not POD or spec.get("nodeName") != caller.node):
        raise Forbidden.object("", "serviceaccounts/token", target.name,
                               "node requested token bound to a pod scheduled on a different node")  # fmt: skip
    node = core.cache.get(NODE, "", spec["nodeName"]) if spec.get("nodeName") else None
    return Bound(kind.kind, name, obj["metadata"]["uid"]), None if node is None else node.object()
