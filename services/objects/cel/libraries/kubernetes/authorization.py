"""May the user of this request do something else, too? The answer is the caller's."""

from __future__ import annotations

from services.objects import names
from services.objects.cel.authorizer import Authorizer, Verdict
from services.objects.cel.checking.overloads import Overload
from services.objects.cel.errors import EvaluationError
from services.objects.cel.types import GROUP_CHECK, PATH_CHECK, RESOURCE_CHECK


def _path(authorizer: Authorizer, path: str) -> Authorizer:
    if not path.strip():
        raise EvaluationError("path must not be empty")
    return authorizer.with_(PATH_CHECK, path=path)


def _service_account(authorizer: Authorizer, namespace: str, name: str) -> Authorizer:
    if names.is_dns1123_subdomain(name):
        raise EvaluationError("Invalid service account name")
    if names.is_dns1123_label(namespace):
        raise EvaluationError("Invalid service account namespace")
    return authorizer.with_(service_account=(namespace, name))


def _resource(check: Authorizer, resource: str) -> Authorizer:
    if not resource.strip():
        raise EvaluationError("resource must not be empty")
    return check.with_(RESOURCE_CHECK, resource=resource)


def _check(check: Authorizer, verb: str) -> Verdict:
    return check.decide(check.attributes._replace(verb=verb))


OVERLOADS = (
    Overload("authorizer_path", "Authorizer.path(string) -> PathCheck", _path),
    Overload("authorizer_group", "Authorizer.group(string) -> GroupCheck",
             lambda authorizer, group: authorizer.with_(GROUP_CHECK, group=group)),
    Overload("authorizer_serviceaccount", "Authorizer.serviceAccount(string, string) -> Authorizer", _service_account),
    Overload("groupcheck_resource", "GroupCheck.resource(string) -> ResourceCheck", _resource),
    Overload("resourcecheck_subresource", "ResourceCheck.subresource(string) -> ResourceCheck",
             lambda check, subresource: check.with_(subresource=subresource)),
    Overload("resourcecheck_namespace", "ResourceCheck.namespace(string) -> ResourceCheck",
             lambda check, namespace: check.with_(namespace=namespace)),
    Overload("resourcecheck_name", "ResourceCheck.name(string) -> ResourceCheck",
             lambda check, name: check.with_(name=name)),
    Overload("authorizer_fieldselector", "ResourceCheck.fieldSelector(string) -> ResourceCheck",
             lambda check, selector: check.with_(field_selector=selector)),
    Overload("authorizer_labelselector", "ResourceCheck.labelSelector(string) -> ResourceCheck",
             lambda check, selector: check.with_(label_selector=selector)),
    Overload("pathcheck_check", "PathCheck.check(string) -> Decision", _check),
    Overload("resourcecheck_check", "ResourceCheck.check(string) -> Decision", _check),
    Overload("decision_errored", "Decision.errored() -> bool", lambda verdict: bool(verdict.error)),
    Overload("decision_error", "Decision.error() -> string", lambda verdict: verdict.error),
    Overload("decision_allowed", "Decision.allowed() -> bool", lambda verdict: verdict.allowed),
    Overload("decision_reason", "Decision.reason() -> string", lambda verdict: verdict.reason),
)  # fmt: skip
