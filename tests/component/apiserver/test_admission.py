"""What admission adds to objects of some kinds, and what it refuses."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.component.apiserver.conftest import ADMIN, Clock
from tests.examples.certificates import REQUEST

CLASSES, PODS = "/apis/scheduling.k8s.io/v1/priorityclasses", "/api/v1/namespaces/default/pods"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
MERGE = {"Content-Type": "application/merge-patch+json"}
COMPUTED = "priority admission controller computed {} from the given PriorityClass name"


def priority(name: str, value: int, **fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "value": value, **fields}


def pod(name: str, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"containers": [{"name": "a", "image": "i"}], **spec}}


async def test_a_pod_has_the_priority_of_its_class(rest: Any) -> None:
    await rest("POST", CLASSES, priority("high", 1000, preemptionPolicy="Never"))
    code, made = await rest("POST", PODS, pod("a", priorityClassName="high"))
    assert code == 201
    assert (made["spec"]["priority"], made["spec"]["preemptionPolicy"]) == (1000, "Never")
    _, made = await rest("POST", PODS, pod("b"))
    assert (made["spec"]["priority"], made["spec"]["preemptionPolicy"]) == (0, "PreemptLowerPriority")
    assert "priorityClassName" not in made["spec"]
    _, made = await rest("POST", PODS, pod("c", priorityClassName="system-node-critical"))
    assert made["spec"]["priority"] == 2_000_001_000


@pytest.mark.parametrize(("spec", "why"), [
    ({"priorityClassName": "absent"}, "no PriorityClass with name absent was found"),
    ({"priority": 5}, "the integer value of priority (5) must not be provided in pod spec; " + COMPUTED.format(0)),
    ({"preemptionPolicy": "Never"}, "the string value of PreemptionPolicy (Never) must not be provided in pod spec; "
     + COMPUTED.format("PreemptLowerPriority")),
])  # fmt: skip
async def test_a_pod_cannot_choose_its_number(rest: Any, spec: dict[str, Any], why: str) -> None:
    code, refusal = await rest("POST", PODS, pod("a", **spec))
    assert (code, refusal["message"]) == (403, f'pods "a" is forbidden: {why}')


async def test_there_is_one_default(rest: Any) -> None:
    code, _ = await rest("POST", CLASSES, priority("usual", 10, globalDefault=True))
    assert code == 201
    _, made = await rest("POST", PODS, pod("a"))
    assert (made["spec"]["priorityClassName"], made["spec"]["priority"]) == ("usual", 10)
    code, refusal = await rest("POST", CLASSES, priority("other", 1, globalDefault=True))
    assert code == 403
    assert refusal["message"] == (
        'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. '
        "Only one default can exist")
    await rest("POST", CLASSES, priority("other", 1))
    code, _ = await rest("PATCH", f"{CLASSES}/other", {"globalDefault": True}, headers=MERGE)
    assert code == 403
    code, _ = await rest("PATCH", f"{CLASSES}/usual", {"globalDefault": False}, headers=MERGE)
    assert code == 200
    code, _ = await rest("PATCH", f"{CLASSES}/other", {"globalDefault": True}, headers=MERGE)
    assert code == 200


def asking(name: str, **spec: Any) -> dict[str, Any]:
    given = {"request": REQUEST, "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]}
    return {"metadata": {"name": name}, "spec": given | spec}


async def test_who_asks_for_a_certificate_is_who_sends(rest: Any) -> None:
    code, made = await rest("POST", REQUESTS, asking("jane", username="root", groups=["all"], uid="0"))
    assert code == 201
    assert made["spec"]["username"] == ADMIN.name
    assert made["spec"]["groups"] == sorted(ADMIN.groups)
    assert "uid" not in made["spec"]
    code, changed = await rest("PATCH", f"{REQUESTS}/jane", {"spec": {"username": "root", "signerName": "x.io/y"}},
                               headers=MERGE)  # fmt: skip
    assert (code, changed["spec"]) == (200, made["spec"]), "what was asked for stays"


async def test_requests_are_approved_by_a_door_of_their_own(rest: Any, clock: Clock) -> None:
    await rest("POST", REQUESTS, asking("jane"))
    approved = {"status": {"conditions": [{"type": "Approved", "status": "True", "reason": "Trusted"}]}}
    code, refusal = await rest("PATCH", f"{REQUESTS}/jane/status", approved, headers=MERGE)
    assert code == 422
    assert refusal["details"]["causes"][0]["message"] == (
        'Forbidden: updates may not add a condition of type "Approved"')
    code, made = await rest("PATCH", f"{REQUESTS}/jane/approval", approved, headers=MERGE)
    assert code == 200, made
    (condition,) = made["status"]["conditions"]
    assert condition == {"type": "Approved", "status": "True", "reason": "Trusted",
                         "lastUpdateTime": "2026-01-02T03:04:05Z", "lastTransitionTime": "2026-01-02T03:04:05Z"}
    clock.advance(60)
    again = {"status": {"conditions": [{"type": "Approved", "status": "True", "reason": "Known"}]}}
    code, made = await rest("PATCH", f"{REQUESTS}/jane/approval", again, headers=MERGE)
    assert (code, made["status"]["conditions"][0]["lastTransitionTime"]) == (200, "2026-01-02T03:04:05Z")
    denied = {"status": {"conditions": [*made["status"]["conditions"], {"type": "Denied", "status": "True"}]}}
    code, refusal = await rest("PUT", f"{REQUESTS}/jane/approval", {**made, **denied})
    assert (code, refusal["details"]["causes"][0]["field"]) == (422, "status.conditions[1].type")


async def test_nobody_becomes_a_master_by_a_certificate(rest: Any) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:masters"),
                      x509.NameAttribute(NameOID.COMMON_NAME, "jane")])  # fmt: skip
    asked = x509.CertificateSigningRequestBuilder(name).sign(key, hashes.SHA256())
    pem = base64.b64encode(asked.public_bytes(serialization.Encoding.PEM)).decode()
    code, refusal = await rest("POST", REQUESTS, asking("jane", request=pem))
    assert code == 403
    assert refusal["message"] == (
        'certificatesigningrequests.certificates.k8s.io "jane" is forbidden: use of '
        "kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed")
    code, _ = await rest("POST", REQUESTS, asking("jane", request=pem, signerName="example.com/other"))
    assert code == 201


@pytest.mark.parametrize("plural", ["resourceclaims", "resourceclaimtemplates"])
async def test_devices_of_others_are_for_marked_namespaces(rest: Any, plural: str) -> None:
    wanted = {"devices": {"requests": [{"name": "gpu", "exactly": {"deviceClassName": "gpus", "adminAccess": True}}]}}
    claim = {"metadata": {"name": "c"}, "spec": wanted if plural == "resourceclaims" else {"spec": wanted}}
    claims = f"/apis/resource.k8s.io/v1/namespaces/default/{plural}"
    code, refusal = await rest("POST", claims, claim)
    assert code == 422
    assert refusal["details"]["causes"] == [{
        "reason": "FieldValueForbidden", "field": "spec.devices.requests[0].adminAccess",
        "message": "Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label "
                   "on the containing namespace"}]  # fmt: skip
    label = {"metadata": {"labels": {"resource.kubernetes.io/admin-access": "true"}}}
    await rest("PATCH", "/api/v1/namespaces/default", label, headers=MERGE)
    code, _ = await rest("POST", claims, claim)
    assert code == 201
