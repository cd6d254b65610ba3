"""An unmodified kubectl makes, shows and changes workloads, autoscalers, policies, roles and certificates."""

from __future__ import annotations

import json
from typing import Any

from tests.examples.certificates import REQUEST

HPA = "horizontalpodautoscalers"
SETS = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: db:1}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: log}
spec:
  selector: {matchLabels: {app: log}}
  template:
    metadata: {labels: {app: log}}
    spec: {containers: [{name: c, image: log:1}]}
"""


def columns(text: str, *, row: int = 1) -> list[str]:
    return text.splitlines()[row].split()


def test_jobs(kubectl: Any) -> None:
    assert kubectl("create", "job", "sum", "--image=busybox", "--", "expr", "1", "+", "1") == "job.batch/sum created\n"
    lines = kubectl("get", "job", "sum", "-o", "wide")
    assert columns(lines, row=0) == ["NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE", "CONTAINERS", "IMAGES",
                                     "SELECTOR"]  # fmt: skip
    name, status, completions, *_, container, image, selector = columns(lines)
    uid = kubectl("get", "job", "sum", "-o", "jsonpath={.metadata.uid}")
    assert (name, status, completions, container, image) == ("sum", "Running", "0/1", "sum", "busybox")
    assert selector == f"batch.kubernetes.io/controller-uid={uid}"
    kubectl("patch", "job", "sum", "-p", '{"spec":{"suspend":true}}')
    assert "field is immutable" in kubectl.refused("patch", "job", "sum", "-p", '{"spec":{"completions":2}}')
    assert "Name:             sum" in kubectl("describe", "job", "sum")
    assert "deleted" in kubectl("delete", "job", "sum")


def test_cronjobs(kubectl: Any) -> None:
    kubectl("create", "cronjob", "nightly", "--image=busybox", "--schedule=0 3 * * *", "--", "date")
    assert columns(kubectl("get", "cronjobs"), row=0) == [
        "NAME", "SCHEDULE", "TIMEZONE", "SUSPEND", "ACTIVE", "LAST", "SCHEDULE", "AGE"]  # fmt: skip
    assert columns(kubectl("get", "cj", "nightly"))[:9] == [
        "nightly", "0", "3", "*", "*", "*", "<none>", "False", "0"]  # fmt: skip
    assert kubectl("create", "job", "now", "--from=cronjob/nightly") == "job.batch/now created\n"
    owner = "jsonpath={.metadata.ownerReferences[0].kind} {.metadata.labels.job-name}"
    assert kubectl("get", "job", "now", "-o", owner) == "CronJob now"
    refusal = kubectl.refused("create", "cronjob", "bad", "--image=busybox", "--schedule=* * *")
    assert 'spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]' in refusal
    zone = '{"spec":{"timeZone":"Moon/Base"}}'
    assert "unknown time zone Moon/Base" in kubectl.refused("patch", "cronjob", "nightly", "-p", zone)
    assert "cronjob.batch/nightly" in kubectl("get", "all")


def test_sets(kubectl: Any) -> None:
    assert kubectl("apply", "-f", "-", stdin=SETS).splitlines() == [
        "statefulset.apps/db created", "daemonset.apps/log created"]  # fmt: skip
    # kubectl sends an atomic list again when the server has added to its items, which changes nothing.
    assert kubectl("apply", "-f", "-", stdin=SETS).splitlines() == [
        "statefulset.apps/db configured", "daemonset.apps/log unchanged"]  # fmt: skip
    assert kubectl("get", "sts", "db", "-o", "jsonpath={.metadata.generation}") == "1"
    assert columns(kubectl("get", "sts", "-o", "wide"), row=0) == ["NAME", "READY", "AGE", "CONTAINERS", "IMAGES"]
    assert columns(kubectl("get", "ds"))[:7] == ["log", "0", "0", "0", "0", "0", "<none>"]
    kubectl("scale", "sts", "db", "--replicas=3")
    assert columns(kubectl("get", "sts", "db"))[:2] == ["db", "0/3"]
    kubectl("set", "image", "ds/log", "c=log:2")
    generation = r"jsonpath={.metadata.annotations.deprecated\.daemonset\.template\.generation} {.metadata.generation}"
    assert kubectl("get", "ds", "log", "-o", generation) == "2 2"
    renamed = '{"spec":{"serviceName":"other"}}'
    assert "updates to statefulset spec for fields other than 'replicas'" in kubectl.refused(
        "patch", "sts", "db", "-p", renamed)  # fmt: skip


def test_autoscalers(kubectl: Any) -> None:
    kubectl("create", "deployment", "web", "--image=nginx")
    kubectl("autoscale", "deployment", "web", "--max=5", "--cpu-percent=60")
    assert columns(kubectl("get", "hpa"))[:5] == ["web", "Deployment/web", "cpu:", "<unknown>/60%", "1"]
    v1 = json.loads(kubectl("get", f"{HPA}.v1.autoscaling", "web", "-o", "json"))
    assert v1["spec"]["targetCPUUtilizationPercentage"] == 60
    v2 = json.loads(kubectl("get", f"{HPA}.v2.autoscaling", "web", "-o", "json"))
    assert v2["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 60
    kubectl("patch", f"{HPA}.v2.autoscaling", "web", "--type=merge", "-p", '{"spec":{"behavior":{"scaleDown":{}}}}')
    annotations = json.loads(kubectl("get", f"{HPA}.v1.autoscaling", "web", "-o", "json"))["metadata"]["annotations"]
    assert "ScaleDown" in json.loads(annotations["autoscaling.alpha.kubernetes.io/behavior"])


def test_policies_and_priorities(kubectl: Any) -> None:
    kubectl("create", "pdb", "web", "--selector=app=web", "--min-available=50%")
    assert columns(kubectl("get", "pdb"))[:4] == ["web", "50%", "N/A", "0"]
    assert [line.split()[:3] for line in kubectl("get", "priorityclasses").splitlines()[1:]] == [
        ["system-cluster-critical", "2000000000", "false"], ["system-node-critical", "2000001000", "false"]]
    kubectl("create", "priorityclass", "high", "--value=1000", "--preemption-policy=Never")
    assert columns(kubectl("get", "pc", "high"))[-1] == "Never"
    kubectl("run", "p", "--image=nginx", "--overrides", '{"spec":{"priorityClassName":"high"}}')
    assert kubectl("get", "pod", "p", "-o", "jsonpath={.spec.priority}") == "1000"


def test_roles(kubectl: Any) -> None:
    kubectl("create", "role", "reader", "--verb=get,list", "--resource=pods,deployments.apps")
    kubectl("create", "clusterrole", "metrics", "--verb=get", "--non-resource-url=/metrics")
    kubectl("create", "rolebinding", "read", "--role=reader", "--user=jane", "--serviceaccount=default:robot")
    kubectl("create", "clusterrolebinding", "all", "--clusterrole=metrics", "--group=dev")
    assert columns(kubectl("get", "roles"), row=0) == ["NAME", "CREATED", "AT"]
    assert columns(kubectl("get", "rolebindings", "-o", "wide"))[:2] == ["read", "Role/reader"]
    assert columns(kubectl("get", "rolebindings", "-o", "wide"))[3:] == ["jane", "default/robot"]
    role = json.loads(kubectl("get", "role", "reader", "-o", "json"))
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
                             {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list"]}]
    assert "cannot change roleRef" in kubectl.refused(
        "patch", "rolebinding", "read", "-p", '{"roleRef":{"name":"other"}}')  # fmt: skip
    more = {**role, "metadata": {"name": "more", "namespace": "default"}}
    kubectl("auth", "reconcile", "-f", "-", stdin=json.dumps(more))
    assert kubectl("get", "role", "more", "-o", "name") == "role.rbac.authorization.k8s.io/more\n"


def test_who_am_i_and_what_may_i(kubectl: Any) -> None:
    who = kubectl("auth", "whoami").splitlines()
    assert who[0].split() == ["ATTRIBUTE", "VALUE"]
    assert who[1].split()[0] == "Username"
    assert "system:authenticated" in who[2]
    assert kubectl("auth", "can-i", "create", "pods") == "yes\n"
    assert kubectl("auth", "can-i", "get", "/metrics") == "yes\n"
    lines = kubectl("auth", "can-i", "--list").splitlines()
    assert lines[0].split() == ["Resources", "Non-Resource", "URLs", "Resource", "Names", "Verbs"]
    assert ["*.*", "[]", "[]", "[*]"] in [line.split() for line in lines]


def test_certificates(kubectl: Any) -> None:
    spec = {"request": REQUEST, "signerName": "example.com/any", "usages": ["client auth"], "expirationSeconds": 7200}
    request = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
               "metadata": {"name": "jane"}, "spec": spec}  # fmt: skip
    kubectl("create", "-f", "-", stdin=json.dumps(request))
    assert columns(kubectl("get", "csr"))[-1] == "Pending"
    assert kubectl("certificate", "approve", "jane").startswith("certificatesigningrequest.certificates.k8s.io/jane ")
    name, _, signer, requestor, duration, condition = columns(kubectl("get", "csr"))
    assert (name, signer, duration, condition) == ("jane", "example.com/any", "120m", "Approved")
    assert requestor == json.loads(kubectl("auth", "whoami", "-o", "json"))["status"]["userInfo"]["username"]
    assert "KubectlApprove" in kubectl("get", "csr", "jane", "-o", "jsonpath={.status.conditions[0].reason}")


def test_discovery(kubectl: Any) -> None:
    names = {line.split()[0]: line for line in kubectl("api-resources", "--verbs=list", "-o", "wide").splitlines()[1:]}
    for expected in ("jobs", "cronjobs", "statefulsets", "daemonsets", "horizontalpodautoscalers", "roles",
                     "poddisruptionbudgets", "priorityclasses", "runtimeclasses", "certificatesigningrequests"):
        assert expected in names
    assert "autoscaling/v2" in names["horizontalpodautoscalers"], "the newest version is the preferred one"
    assert "CronJob" in kubectl("explain", "cronjob")
    assert "timeZone" in kubectl("explain", "cronjob.spec")
