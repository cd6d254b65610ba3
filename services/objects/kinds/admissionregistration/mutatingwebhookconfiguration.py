"""MutatingWebhookConfigurations: who may change what is being written."""

from __future__ import annotations

from services.objects.kinds.admissionregistration.rules import REINVOCATION_POLICIES, supported
from services.objects.kinds.admissionregistration.webhooks import PRINTER, default_webhook, validate_configuration
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.validation.field import Causes
from services.objects.kinds.validation.meta import validate_update
from services.objects.meta import Obj


def default_mutatingwebhookconfiguration(configuration: Obj) -> None:
    for hook in configuration.get("webhooks") or ():
        default_webhook(hook)
        hook.setdefault("reinvocationPolicy", "Never")


def validate_mutatingwebhookconfiguration(configuration: Obj) -> Causes:
    return validate_configuration(configuration, _validate_reinvocation)


def _validate_reinvocation(causes: Causes, path: str, hook: Obj) -> None:
    supported(causes, f"{path}.reinvocationPolicy", hook.get("reinvocationPolicy"), REINVOCATION_POLICIES)


MUTATINGWEBHOOKCONFIGURATION = Kind(
    group="admissionregistration.k8s.io", version="v1", kind="MutatingWebhookConfiguration",
    plural="mutatingwebhookconfigurations", singular="mutatingwebhookconfiguration", categories=("api-extensions",),
    namespaced=False, definition="io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration", printer=PRINTER,
    has_generation=True, unconditional_update=False,
    default=default_mutatingwebhookconfiguration,
    validate=validate_mutatingwebhookconfiguration, validate_update=validate_update,
    warnings=lambda obj: pending_kind("mutatingwebhookconfigurations"),
)  # fmt: skip
