"""Questions that the apiserver answers itself: who am I, whose token is this, may somebody do something, what may I do.

They look like objects that are created, but nothing is stored. The answers come from the same authenticator and the
same rules that judge requests, so that what is told is what happens.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import orjson

from services.apiserver.filters.authentication import Authenticator
from services.apiserver.filters.authorization import Attributes, refusal, rules
from services.apiserver.handlers.core import Answer, Core
from services.apiserver.handlers.writing.decoding import decode
from services.apiserver.request import Caller, Target, WriteOptions
from services.objects import times
from services.objects.errors import BadRequest, Invalid, Unauthorized
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj


class _Question(NamedTuple):
    core: Core
    authenticator: Authenticator
    caller: Caller
    body: Obj

    @property
    def spec(self) -> Obj:
        spec: Obj = self.body.get("spec") or {}
        return spec


def is_question(kind: Kind) -> bool:
    return not kind.stored and (kind.group, kind.kind) in _ANSWERS


async def answer(core: Core, authenticator: Authenticator, caller: Caller, target: Target, body: Obj,
                 options: WriteOptions) -> Answer:  # fmt: skip
    """Raises BadRequest, Invalid."""
    kind = target.kind
    warnings = decode(core.schema, target, body, options)
    causes = kind.validate(body)
    if causes:
        raise Invalid(kind.group, kind.kind, "", causes)
    body["status"] = await _ANSWERS[kind.group, kind.kind](_Question(core, authenticator, caller, body))
    return Answer(201, orjson.dumps(body), warnings)


def user_info(caller: Caller) -> Obj:
    info: Obj = {"username": caller.name}
    if caller.uid:
        info["uid"] = caller.uid
    if caller.groups:
        info["groups"] = sorted(caller.groups)
    if caller.extra:
        info["extra"] = {key: list(values) for key, values in caller.extra.items()}
    return info


async def _self_subject(question: _Question) -> Obj:
    question.body["metadata"]["creationTimestamp"] = times.rfc3339(question.core.now())
    return {"userInfo": user_info(question.caller)}


async def _token(question: _Question) -> Obj:
    token, audiences = question.spec.get("token") or "", question.spec.get("audiences") or ()
    if not token:
        raise BadRequest("token is required for TokenReview in authentication")
    try:
        found = await question.authenticator.review(token, audiences)
    except Unauthorized:
        return {"user": {}, "error": "invalid bearer token"}
    status: Obj = {"authenticated": True, "user": user_info(found.caller)}
    if found.audiences:
        status["audiences"] = list(found.audiences)
    return status


async def _access(question: _Question) -> Obj:
    spec = question.spec
    extra = {key: tuple(values) for key, values in (spec.get("extra") or {}).items()}
    subject = Caller(spec.get("user") or "", frozenset(spec.get("groups") or ()), spec.get("uid") or "", extra)
    return _decision(subject, spec)


async def _self_access(question: _Question) -> Obj:
    return _decision(question.caller, question.spec)


def _decision(subject: Caller, spec: Obj) -> Obj:
    why = refusal(subject, _attributes(spec))
    return {"allowed": False, "reason": why} if why else {"allowed": True}


def _attributes(spec: Obj) -> Attributes:
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes") or {}
    if resource is None:
        return Attributes(other.get("verb", ""), path=other.get("path") or "/")
    return Attributes(*(resource.get(field) or "" for field in
                        ("verb", "group", "resource", "subresource", "namespace", "name")))  # fmt: skip


async def _self_rules(question: _Question) -> Obj:
    if not question.spec.get("namespace"):
        raise BadRequest("no namespace on request")
    found = rules(question.caller)
    status: Obj = {"resourceRules": found.resources, "nonResourceRules": found.paths,
                   "incomplete": bool(found.incomplete)}  # fmt: skip
    if found.incomplete:
        status["evaluationError"] = found.incomplete
    return status


_AUTHENTICATION, _AUTHORIZATION = "authentication.k8s.io", "authorization.k8s.io"
_ANSWERS: dict[tuple[str, str], Callable[[_Question], Awaitable[Obj]]] = {
    (_AUTHENTICATION, "SelfSubjectReview"): _self_subject,
    (_AUTHENTICATION, "TokenReview"): _token,
    (_AUTHORIZATION, "SubjectAccessReview"): _access,
    (_AUTHORIZATION, "LocalSubjectAccessReview"): _access,
    (_AUTHORIZATION, "SelfSubjectAccessReview"): _self_access,
    (_AUTHORIZATION, "SelfSubjectRulesReview"): _self_rules,
}
