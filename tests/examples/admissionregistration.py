from __future__ import annotations

_V1 = "admissionregistration.k8s.io/v1"
_RULE = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"]}
_HOOK = {"name": "check.example.com", "rules": [_RULE], "sideEffects": "None", "admissionReviewVersions": ["v1"],
         "clientConfig": {"service": {"namespace": "default", "name": "check"}}}  # fmt: skip

EXAMPLES = (
    {"apiVersion": _V1, "kind": "ValidatingWebhookConfiguration", "webhooks": [_HOOK]},
    {"apiVersion": _V1, "kind": "MutatingWebhookConfiguration", "webhooks": [_HOOK]},
    {"apiVersion": _V1, "kind": "ValidatingAdmissionPolicy", "spec": {
        "matchConstraints": {"resourceRules": [_RULE]},
        "validations": [{"expression": "object.spec.replicas <= 5"}]}},
    {"apiVersion": _V1, "kind": "ValidatingAdmissionPolicyBinding",
     "spec": {"policyName": "example", "validationActions": ["Deny"]}},
    {"apiVersion": _V1, "kind": "MutatingAdmissionPolicy", "spec": {
        "matchConstraints": {"resourceRules": [_RULE]}, "reinvocationPolicy": "Never",
        "mutations": [{"patchType": "JSONPatch", "jsonPatch": {
            "expression": '[JSONPatch{op: "replace", path: "/spec/replicas", value: 5}]'}}]}},
    {"apiVersion": _V1, "kind": "MutatingAdmissionPolicyBinding", "spec": {"policyName": "example"}},
)  # fmt: skip
