"""kubectl's own types in protobuf, both ways: its `create` sends it, its `describe` reads it.

A field with a wrong number or type would be lost or misread here, by Go's own code.
"""

from __future__ import annotations

from typing import Any

import pytest

SPOKEN = "application/vnd.kubernetes.protobuf"
# create ..., describe ..., what the description has to say
COMMANDS = [
    (("deployment", "web", "--image=nginx:1", "--port=80", "--replicas=3"), ("deployment", "web"),
     ["app=web", "3 desired", "25% max unavailable, 25% max surge", "nginx:1", "80/TCP"]),
    (("secret", "generic", "s", "--from-literal=p=secret"), ("secret", "s"), ["Opaque", "p:  6 bytes"]),
    (("configmap", "c", "--from-literal=a=value"), ("configmap", "c"), ["value"]),
    (("cronjob", "cj", "--image=busybox", "--schedule=*/5 * * * *", "--", "date", "-u"), ("cronjob", "cj"),
     ["*/5 * * * *", "Allow", "busybox", "date", "-u"]),
    (("job", "jj", "--image=busybox"), ("job", "jj"), ["batch.kubernetes.io/job-name=jj", "NonIndexed", "busybox"]),
    (("quota", "q", "--hard=pods=3,cpu=2"), ("quota", "q"), ["q"]),
    (("service", "nodeport", "n", "--tcp=80:8080"), ("service", "n"), ["NodePort", "8080/TCP", "SingleStack"]),
    (("ingress", "i", "--rule=foo.com/bar*=svc1:8080,tls=cert"), ("ingress", "i"),
     ["cert terminates foo.com", "/bar", "svc1:8080"]),
    (("pdb", "p", "--selector=app=web", "--min-available=50%"), ("pdb", "p"), ["50%", "app=web"]),
    (("priorityclass", "hi", "--value=1000", "--description=first"), ("priorityclass", "hi"), ["1000", "first"]),
    (("role", "r", "--verb=get,list", "--resource=pods", "--resource-name=one"), ("role", "r"),
     ["pods", "[one]", "[get list]"]),
    (("rolebinding", "rb", "--role=r", "--user=me"), ("rolebinding", "rb"), ["Role", "me"]),
    (("clusterrole", "cr", "--verb=get", "--non-resource-url=/logs"), ("clusterrole", "cr"), ["[/logs]"]),
    (("serviceaccount", "sa"), ("serviceaccount", "sa"), ["sa"]),
]  # fmt: skip


@pytest.mark.parametrize(("create", "describe", "words"), COMMANDS, ids=lambda value: value[0])
def test_create_and_describe(
    kubectl: Any, create: tuple[str, ...], describe: tuple[str, ...], words: list[str]
) -> None:
    made, described = kubectl.run("create", "-v=9", *create), kubectl.run("describe", "-v=9", *describe)
    for ran in (made, described):
        assert ran.returncode == 0, ran.stderr
        assert f"Content-Type: {SPOKEN}" in ran.stderr
    for word in words:
        assert word in described.stdout, described.stdout


def test_what_fails_is_told_in_protobuf_as_well(kubectl: Any) -> None:
    assert 'namespaces "default" already exists' in kubectl.refused("create", "namespace", "default")
    refused = kubectl.refused("create", "deployment", "Web", "--image=nginx")
    assert 'Deployment.apps "Web" is invalid: metadata.name: Invalid value: "Web"' in refused
