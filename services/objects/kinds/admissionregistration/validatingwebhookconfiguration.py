"""ValidatingWebhookConfigurations: who is asked whether a request may go on."""

from __future__ import annotations

from services.objects.kinds.admissionregistration.webhooks import PRINTER, default_webhook, validate_configuration
from services.objects.kinds.kind import Kind
from services.objects.kinds.pods.pending import pending_kind
from services.objects.kinds.validation.meta import validate_update
from services.objects.meta import Obj


def default_validatingwebhookconfiguration(configuration: Obj) -> None:
    for hook in configuration.get("webhooks") or ():
        default_webhook(hook)


VALIDATINGWEBHOOKCONFIGURATION = Kind(
    group="admissionregistration.k8s.io", version="v1", kind="ValidatingWebhookConfiguration",
    plural="validatingwebhookconfigurations", singular="validatingwebhookconfiguration",
    categories=("api-extensions",), namespaced=False,
    definition="io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration", printer=PRINTER,
    has_generation=True, unconditional_update=False,
    default=default_validatingwebhookconfiguration,
    validate=validate_configuration, validate_update=validate_update,
    warnings=lambda obj: pending_kind("validatingwebhookconfigurations"),
)  # fmt: skip
