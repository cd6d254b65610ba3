"""Who makes what nobody acts on is told so. A kind leaves this list with the change that makes something act on it."""

from services.objects.kinds import APISERVICE, KINDS
from tests.examples.every import example

PENDING = {
    "certificatesigningrequests", "clusterrolebindings", "clusterroles", "cronjobs", "daemonsets", "flowschemas",
    "horizontalpodautoscalers", "jobs", "limitranges", "mutatingadmissionpolicies", "mutatingwebhookconfigurations",
    "networkpolicies", "prioritylevelconfigurations", "resourceclaimtemplates", "resourcequotas", "rolebindings",
    "roles", "runtimeclasses", "servicecidrs", "statefulsets", "validatingadmissionpolicies",
    "validatingwebhookconfigurations",
}  # fmt: skip
SCHEDULED = {"persistentvolumeclaims", "persistentvolumes", "resourceclaims", "volumeattachments"}


def test_the_kinds_that_are_stored_and_no_more():
    told = {kind.plural for kind in KINDS
            if f"{kind.plural} are stored, but not acted on yet" in kind.warnings(example(kind))}  # fmt: skip
    assert told == PENDING


def test_the_kinds_that_only_the_scheduler_minds():
    told = {kind.plural for kind in KINDS if f"the scheduler minds {kind.plural}, but nothing else acts on them yet"
            in kind.warnings(example(kind))}  # fmt: skip
    assert told == SCHEDULED


def test_groups_of_this_server_are_served_and_others_are_not():
    service = {"spec": {"service": {"name": "metrics", "namespace": "kube-system"}}}
    assert APISERVICE.warnings(service) == ["apiservices are stored, but not acted on yet"]
    assert APISERVICE.warnings({"spec": {"group": "apps", "version": "v1"}}) == []
