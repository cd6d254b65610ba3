"""Questions of access: may this user, may I, do one thing (SubjectAccessReview and its kin), or what may I do at all
(SelfSubjectRulesReview)?"""

from __future__ import annotations

from services.objects.kinds.authorization.attributes import validate_access
from services.objects.kinds.kind import Kind
from services.objects.kinds.validation.field import Causes, invalid
from services.objects.meta import Obj
from services.objects.printing.generic import NAME_AND_AGE

_GROUP, _DEFINITIONS = "authorization.k8s.io", "io.k8s.api.authorization.v1"


def validate_review(review: Obj) -> Causes:
    causes: Causes = []
    spec = review.get("spec") or {}
    validate_access(causes, "spec", spec, of_user=True)
    _validate_unnamed(causes, review)
    return causes


def validate_self_review(review: Obj) -> Causes:
    causes: Causes = []
    validate_access(causes, "spec", review.get("spec") or {}, of_user=False)
    _validate_unnamed(causes, review)
    return causes


def validate_local_review(review: Obj) -> Causes:
    causes: Causes = []
    spec, metadata = review.get("spec") or {}, review.get("metadata") or {}
    validate_access(causes, "spec", spec, of_user=True)
    if _said(metadata) - {"namespace"}:
        causes.append(invalid("metadata", metadata, "must be empty except for namespace"))
    namespace = (spec.get("resourceAttributes") or {}).get("namespace") or ""
    if spec.get("resourceAttributes") is not None and namespace != (metadata.get("namespace") or ""):
        causes.append(invalid("spec.resourceAttributes.namespace", namespace, "must match metadata.namespace"))
    if spec.get("nonResourceAttributes") is not None:
        causes.append(invalid("spec.nonResourceAttributes", spec["nonResourceAttributes"],
                              "disallowed on this kind of request"))  # fmt: skip
    return causes


def _said(metadata: Obj) -> set[str]:
    return {field for field, value in metadata.items() if value and field != "managedFields"}


def _validate_unnamed(causes: Causes, review: Obj) -> None:
    metadata = review.get("metadata") or {}
    if _said(metadata):
        causes.append(invalid("metadata", metadata, "must be empty"))


SUBJECTACCESSREVIEW = Kind(
    group=_GROUP, version="v1", kind="SubjectAccessReview", plural="subjectaccessreviews",
    singular="subjectaccessreview", namespaced=False, definition=f"{_DEFINITIONS}.SubjectAccessReview",
    printer=NAME_AND_AGE, verbs=("create",), stored=False, validate=validate_review,
)  # fmt: skip
SELFSUBJECTACCESSREVIEW = Kind(
    group=_GROUP, version="v1", kind="SelfSubjectAccessReview", plural="selfsubjectaccessreviews",
    singular="selfsubjectaccessreview", namespaced=False, definition=f"{_DEFINITIONS}.SelfSubjectAccessReview",
    printer=NAME_AND_AGE, verbs=("create",), stored=False, validate=validate_self_review,
)  # fmt: skip
LOCALSUBJECTACCESSREVIEW = Kind(
    group=_GROUP, version="v1", kind="LocalSubjectAccessReview", plural="localsubjectaccessreviews",
    singular="localsubjectaccessreview", namespaced=True, definition=f"{_DEFINITIONS}.LocalSubjectAccessReview",
    printer=NAME_AND_AGE, verbs=("create",), stored=False, validate=validate_local_review,
)  # fmt: skip
SELFSUBJECTRULESREVIEW = Kind(
    group=_GROUP, version="v1", kind="SelfSubjectRulesReview", plural="selfsubjectrulesreviews",
    singular="selfsubjectrulesreview", namespaced=False, definition=f"{_DEFINITIONS}.SelfSubjectRulesReview",
    printer=NAME_AND_AGE, verbs=("create",), stored=False,
)  # fmt: skip
