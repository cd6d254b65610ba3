import base64
import copy
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.objects.kinds import CERTIFICATESIGNINGREQUEST
from tests.examples.certificates import REQUEST

SUBJECT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "jane")])
PEM = serialization.Encoding.PEM


def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


@pytest.fixture(scope="module")
def certificate():
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(SUBJECT, SUBJECT, key.public_key(), 1, now, now + timedelta(days=1))
    return made.sign(key, hashes.SHA256()).public_bytes(PEM)


def make(status=None, **spec):
    given = {"request": REQUEST, "signerName": "example.com/serving", "usages": ["server auth"]}
    return {"metadata": {"name": "any Name:at all"}, "spec": given | spec, "status": copy.deepcopy(status or {})}


DOMAIN = "must be a fully qualified domain and path of the form 'example.com/signer-name'"


@pytest.mark.parametrize(("spec", "expected"), [
    ({}, []),
    ({"request": ""}, ['spec.request: Invalid value: "": PEM block type must be CERTIFICATE REQUEST']),
    ({"request": b64("hello")}, [
        f'spec.request: Invalid value: "{b64("hello")}": PEM block type must be CERTIFICATE REQUEST']),
    ({"usages": []}, ["spec.usages: Required value"]),
    ({"usages": ["signing", "signing"]}, ['spec.usages[1]: Duplicate value: "signing"']),
    ({"expirationSeconds": 599}, [
        "spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)"]),
    ({"signerName": ""}, ["spec.signerName: Required value"]),
    ({"signerName": "example.com"}, [f'spec.signerName: Invalid value: "example.com": {DOMAIN}']),
    ({"signerName": "a.b/c/d"}, [f'spec.signerName: Invalid value: "a.b/c/d": {DOMAIN}']),
    ({"signerName": "example/x"}, [
        'spec.signerName: Invalid value: "example": should be a domain with at least two segments separated by dots']),
    ({"signerName": "kubernetes.io/legacy-unknown"}, [
        'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this '
        "API version"]),
])  # fmt: skip
def test_rules(told, spec, expected):
    assert told(CERTIFICATESIGNINGREQUEST.validate(make(**spec))) == expected


def test_unknown_usages_and_bad_labels(told):
    usage, signer = told(CERTIFICATESIGNINGREQUEST.validate(make(usages=["flying"], signerName="a_b.C/x")))
    assert usage.startswith('spec.usages[0]: Unsupported value: "flying": supported values: "any", "cert sign", ')
    assert signer.startswith('spec.signerName: Invalid value: "a_b.C": validating label "a_b": a lowercase RFC 1123')


def test_a_request_is_signed_with_its_own_key(told):
    der = bytearray(base64.b64decode("".join(base64.b64decode(REQUEST).decode().splitlines()[1:-1])))
    der[-1] ^= 1
    broken = f"-----BEGIN CERTIFICATE REQUEST-----\n{b64(bytes(der))}\n-----END CERTIFICATE REQUEST-----\n"
    (cause,) = CERTIFICATESIGNINGREQUEST.validate(make(request=b64(broken)))
    assert cause.field == "spec.request"
    junk = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"
    (cause,) = CERTIFICATESIGNINGREQUEST.validate(make(request=b64(junk)))
    assert cause.field == "spec.request"


def test_long_nonsense_takes_no_time():
    assert CERTIFICATESIGNINGREQUEST.validate(make(request=b64("-----BEGIN X-----\n" * 50_000)))


def conditions(*types, status="True"):
    return {"conditions": [{"type": type, "status": status} for type in types]}


PATH = "status.conditions"


@pytest.mark.parametrize(("status", "expected"), [
    (conditions("Approved", "Failed", "Other"), []),
    (conditions("Other", status="False"), []),
    (conditions("Approved", "Denied"), [
        f'{PATH}[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive']),
    (conditions("Denied", "Approved"), [
        f'{PATH}[1].type: Invalid value: "Approved": Approved and Denied conditions are mutually exclusive']),
    (conditions("Other", "Other"), [f'{PATH}[1].type: Duplicate value: "Other"']),
    (conditions("Approved", status="False"), [
        f'{PATH}[0].status: Unsupported value: "False": supported values: "True"']),
    (conditions("Other", status="Maybe"), [
        f'{PATH}[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"']),
    ({"conditions": [{}]}, [f"{PATH}[0].type: Required value", f"{PATH}[0].status: Required value"]),
    ({"certificate": b64("x")}, [
        'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block']),
    ({"certificate": REQUEST}, [
        'status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found '
        '"CERTIFICATE REQUEST"']),
])  # fmt: skip
def test_statuses(told, status, expected):
    assert told(CERTIFICATESIGNINGREQUEST.validate(make(status))) == expected


def test_certificates(told, certificate):
    assert CERTIFICATESIGNINGREQUEST.validate(make({"certificate": b64(certificate * 2)})) == []
    headed = certificate.replace(b"-----\n", b"-----\nName: x\n\n", 1)
    assert told(CERTIFICATESIGNINGREQUEST.validate(make({"certificate": b64(headed)}))) == [
        'status.certificate: Invalid value: "<certificate data>": no PEM block headers are permitted']


def test_the_status_cannot_decide(told, certificate):
    def refused(old, new):
        return told(CERTIFICATESIGNINGREQUEST.validate_status(make(new), make(old)))

    issued = {"certificate": b64(certificate)}
    assert refused({}, conditions("Failed")) == []
    assert refused(conditions("Approved"), conditions("Approved") | issued) == []
    assert refused({}, conditions("Approved")) == [
        f'{PATH}: Forbidden: updates may not add a condition of type "Approved"']
    assert refused(conditions("Denied", "Failed"), {}) == [
        f'{PATH}: Forbidden: updates may not remove a condition of type "Denied"',
        f'{PATH}: Forbidden: updates may not remove a condition of type "Failed"']
    changed = {"conditions": [{"type": "Approved", "status": "True", "reason": "x"}]}
    assert refused(conditions("Approved"), changed) == [
        f'{PATH}: Forbidden: updates may not modify a condition of type "Approved"']
    assert refused(issued, {"certificate": b64(certificate * 2)}) == [
        "status.certificate: Forbidden: updates may not modify existing certificate content"]


def test_approval_writes_conditions_alone(told, certificate):
    approval = CERTIFICATESIGNINGREQUEST.subresource("approval")
    old = make({"certificate": b64(certificate)})
    taken = approval.take(make(conditions("Approved"), signerName="other.io/x"), old)
    assert taken == old | {"status": {"certificate": b64(certificate), **conditions("Approved")}}
    assert approval.validate(taken, old) == []
    assert told(approval.validate(make(), taken)) == [
        f'{PATH}: Forbidden: updates may not remove a condition of type "Approved"']


def test_what_was_asked_for_stays():
    new, old = make(signerName="other.io/x"), make()
    CERTIFICATESIGNINGREQUEST.prepare_update(new, old)
    assert new["spec"] == old["spec"]


@pytest.mark.parametrize(("status", "state"), [
    ({}, "Pending"), (conditions("Approved"), "Approved"), (conditions("Denied"), "Denied"),
    (conditions("Approved", "Failed"), "Approved,Failed"),
    (conditions("Approved") | {"certificate": "x"}, "Approved,Issued"),
])  # fmt: skip
def test_columns(status, state):
    request = make(status, username="jane", expirationSeconds=3600)
    request["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    assert CERTIFICATESIGNINGREQUEST.printer.row(request, datetime(2026, 1, 1, 1, tzinfo=UTC)) == [
        "any Name:at all", "60m", "example.com/serving", "jane", "60m", state]  # fmt: skip
