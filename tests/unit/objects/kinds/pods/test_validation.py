"""Causes against pods, in the words that scripts grep for."""

import pytest

from services.objects.errors import Invalid
from services.objects.kinds import POD

LABEL = ("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
         "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
         "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')")  # fmt: skip
SUBDOMAIN = ("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
             "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
             "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")  # fmt: skip


def test_a_plain_pod_is_valid(make_pod):
    assert POD.validate(make_pod()) == []


def test_the_message_as_a_user_sees_it(make_pod):
    pod = make_pod(name="A_b")
    error = Invalid("", "Pod", "web", POD.validate(pod))
    assert error.message == f'Pod "web" is invalid: spec.containers[0].name: Invalid value: "A_b": {LABEL}'
    assert error.status()["details"]["causes"] == [{
        "reason": "FieldValueInvalid", "message": f'Invalid value: "A_b": {LABEL}', "field": "spec.containers[0].name"}]


@pytest.mark.parametrize(("metadata", "expected"), [
    ({"name": ""}, ["metadata.name: Required value: name or generateName is required"]),
    ({"name": "A"}, [f'metadata.name: Invalid value: "A": {SUBDOMAIN}']),
    ({"name": "a" * 254}, [f'metadata.name: Invalid value: "{"a" * 254}": must be no more than 253 bytes']),
    ({"generateName": "web-"}, []),
    ({"generateName": "WEB-"}, [f'metadata.generateName: Invalid value: "WEB-": {SUBDOMAIN}']),
    ({"namespace": ""}, ["metadata.namespace: Required value"]),
    ({"namespace": "A"}, [f'metadata.namespace: Invalid value: "A": {LABEL}']),
    ({"labels": {"app": "web", "example.com/tier": ""}}, []),
    ({"labels": {"a b": "x"}}, [
        "metadata.labels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', "
        "and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex "
        "used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"]),
    ({"labels": {"a": "x y"}}, [
        'metadata.labels: Invalid value: "x y": a valid label must be an empty string or consist of alphanumeric '
        "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "
        "'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"]),
    ({"labels": {"a": "x" * 64}}, [
        f'metadata.labels: Invalid value: "{"x" * 64}": must be no more than 63 bytes']),
    ({"annotations": {"EXAMPLE.com/x": "anything / at all"}}, []),
    ({"annotations": {"a": "x" * 262144}}, ["metadata.annotations: Too long: may not be more than 262144 bytes"]),
    ({"finalizers": ["example.com/hold", "foregroundDeletion"]}, []),
    ({"finalizers": ["hold"]}, ['metadata.finalizers[0]: Invalid value: "hold": name is neither a standard finalizer '
                                "name nor is it fully qualified"]),
    ({"finalizers": ["orphan", "foregroundDeletion"]}, [
        'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion '
        "cannot be both set"]),
    ({"ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "a", "uid": "1"}]}, []),
    ({"ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "a"}]}, [
        'metadata.ownerReferences.uid: Invalid value: "": uid must not be empty']),
    ({"ownerReferences": [{"kind": "", "name": "", "uid": ""}]}, [
        'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
        'metadata.ownerReferences.kind: Invalid value: "": kind must not be empty',
        'metadata.ownerReferences.name: Invalid value: "": name must not be empty',
        'metadata.ownerReferences.uid: Invalid value: "": uid must not be empty']),
])  # fmt: skip
def test_metadata(make_pod, told, metadata, expected):
    assert told(POD.validate(make_pod(metadata=metadata))) == expected


def test_one_controller(make_pod, told):
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "uid": "1", "controller": True}
    owners = [{**owner, "name": "a"}, {**owner, "name": "b"}]
    [cause] = told(POD.validate(make_pod(metadata={"ownerReferences": owners})))
    assert cause.endswith('Only one reference can have Controller set to true. Found "true" in references for a and b')


@pytest.mark.parametrize(("spec", "expected"), [
    ({"containers": []}, ["spec.containers: Required value"]),
    ({"restartPolicy": "Sometimes"}, [
        'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"']),
    ({"dnsPolicy": "x"}, ['spec.dnsPolicy: Unsupported value: "x": supported values: "ClusterFirstWithHostNet", '
                          '"ClusterFirst", "Default", "None"']),
    ({"dnsPolicy": "None"}, ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"]),
    ({"dnsPolicy": "None", "dnsConfig": {}}, [
        "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is "
        "None"]),
    ({"dnsConfig": {"nameservers": ["1.1.1.1", "x"]}}, [
        'spec.dnsConfig.nameservers[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or '
        "2001:db8::ffff)"]),
    ({"nodeSelector": {"a": "?"}}, [
        'spec.nodeSelector: Invalid value: "?": a valid label must be an empty string or consist of alphanumeric '
        "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "
        "'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"]),
    ({"activeDeadlineSeconds": 0}, [
        "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"]),
    ({"serviceAccountName": "A"}, [f'spec.serviceAccountName: Invalid value: "A": {SUBDOMAIN}']),
    ({"hostname": "a.b"}, [f'spec.hostname: Invalid value: "a.b": {LABEL}']),
    ({"securityContext": {"runAsUser": -1}}, [
        "spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive"]),
    ({"imagePullSecrets": [{}]}, []),
    ({"hostAliases": [{"ip": "x", "hostnames": ["a"]}]}, [
        'spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']),
    ({"schedulingGates": [{"name": "example.com/a"}, {"name": "example.com/a"}]}, [
        'spec.schedulingGates[1]: Duplicate value: "example.com/a"']),
    ({"preemptionPolicy": "x"}, [
        'spec.preemptionPolicy: Unsupported value: "x": supported values: "PreemptLowerPriority", "Never"']),
    ({"hostPID": True, "shareProcessNamespace": True}, [
        "spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot "
        "both be enabled"]),
    ({"resources": {"limits": {"nope": "1"}, "requests": {"nope": "1"}}}, [
        'spec.resources.limits[nope]: Invalid value: "nope": must be a standard resource type or fully qualified',
        'spec.resources.requests[nope]: Invalid value: "nope": must be a standard resource type or fully qualified']),
])  # fmt: skip
def test_pod_spec(make_pod, told, spec, expected):
    assert told(POD.validate(make_pod(spec))) == expected


@pytest.mark.parametrize(("container", "expected"), [
    ({"name": ""}, ["name: Required value"]),
    ({"name": "a" * 64}, [f'name: Invalid value: "{"a" * 64}": must be no more than 63 bytes']),
    ({"image": ""}, ["image: Required value"]),
    ({"image": " web"}, ['image: Invalid value: " web": must not have leading or trailing whitespace']),
    ({"imagePullPolicy": "Maybe"}, [
        'imagePullPolicy: Unsupported value: "Maybe": supported values: "Always", "IfNotPresent", "Never"']),
    ({"terminationMessagePolicy": "x"}, [
        'terminationMessagePolicy: Unsupported value: "x": supported values: "File", "FallbackToLogsOnError"']),
    ({"restartPolicy": "Always"}, []),
    ({"restartPolicy": "Maybe"}, [
        'restartPolicy: Unsupported value: "Maybe": supported values: "Always", "Never", "OnFailure"']),
    ({"ports": [{"name": "http"}]}, ["ports[0].containerPort: Required value"]),
    ({"ports": [{"containerPort": 65536}]}, [
        "ports[0].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive"]),
    ({"ports": [{"containerPort": 80, "protocol": "HTTP"}]}, [
        'ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"']),
    ({"ports": [{"containerPort": 80, "name": "a-name-far-too-long"}]}, [
        'ports[0].name: Invalid value: "a-name-far-too-long": must be no more than 15 bytes']),
    ({"ports": [{"containerPort": 80, "name": "http"}, {"containerPort": 81, "name": "http"}]}, [
        'ports[1].name: Duplicate value: "http"']),
    ({"ports": [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}]}, [
        'ports[1].hostPort: Duplicate value: "TCP//80"']),
    ({"env": [{"name": "A", "value": "b"}, {"name": "my.var-1", "value": ""}]}, []),
    ({"env": [{"value": "b"}]}, ["env[0].name: Required value"]),
    ({"env": [{"name": "A=B"}]}, [
        'env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII '
        "characters other than '='"]),
    ({"env": [{"name": "A", "valueFrom": {}}]}, [
        'env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, '
        "`secretKeyRef` or `fileKeyRef`"]),
    ({"env": [{"name": "A", "value": "x", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}]}, [
        'env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty']),
    ({"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"},
                                          "secretKeyRef": {"name": "c", "key": "k"}}}]}, [
        'env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time']),
    ({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {}}}]}, [
        f'env[0].valueFrom.secretKeyRef.name: Invalid value: "": {SUBDOMAIN}',
        "env[0].valueFrom.secretKeyRef.key: Required value"]),
    ({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}}]}, []),
    ({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.phase"}}}]}, [
        'env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", '
        '"metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", '
        '"status.hostIPs", "status.podIP", "status.podIPs"']),
    ({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.nope"}}}]}, [
        'env[0].valueFrom.fieldRef.fieldPath: Invalid value: "status.nope": error converting fieldPath: field label '
        "not supported: status.nope"]),
    ({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName['x']"}}}]}, [
        'env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.nodeName[\'x\']": error converting fieldPath: '
        "field label does not support subscript: spec.nodeName['x']"]),
    ({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels"}}}]}, [
        'env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", '
        '"metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", '
        '"status.hostIPs", "status.podIP", "status.podIPs"']),
    ({"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.gpu"}}}]}, [
        'env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.gpu": supported values: "limits.cpu", '
        '"limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", '
        '"requests.memory"']),
    ({"envFrom": [{}]}, ['envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`']),
    ({"envFrom": [{"configMapRef": {}}]}, ["envFrom[0].configMapRef.name: Required value"]),
    ({"resources": {"limits": {"cpu": "-1"}}}, [
        'resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
        'resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0']),
    ({"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}}, [
        'resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1']),
    ({"resources": {"requests": {"example.com/gpu": "1"}}}, [
        "resources.limits: Required value: Limit must be set for non overcommitable resources"]),
    ({"resources": {"limits": {"example.com/gpu": "500m"}}}, [
        'resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer',
        'resources.requests[example.com/gpu]: Invalid value: "500m": must be an integer']),
    ({"resources": {"requests": {"disk": "1"}}}, [
        'resources.requests[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
        'resources.requests[disk]: Invalid value: "disk": must be a standard resource for containers']),
    ({"livenessProbe": {}}, ["livenessProbe: Required value: must specify a handler type"]),
    ({"livenessProbe": {"exec": {"command": ["a"]}, "tcpSocket": {"port": 1}}}, [
        "livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type"]),
    ({"livenessProbe": {"exec": {}}}, ["livenessProbe.exec.command: Required value"]),
    ({"livenessProbe": {"httpGet": {"port": 0}}}, [
        "livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive"]),
    ({"livenessProbe": {"httpGet": {"port": 80, "scheme": "ftp"}}}, [
        'livenessProbe.httpGet.scheme: Unsupported value: "ftp": supported values: "HTTP", "HTTPS"']),
    ({"livenessProbe": {"tcpSocket": {"port": 1}, "periodSeconds": -1}}, [
        "livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0"]),
    ({"livenessProbe": {"tcpSocket": {"port": 1}, "successThreshold": 2}}, [
        "livenessProbe.successThreshold: Invalid value: 2: must be 1"]),
    ({"readinessProbe": {"tcpSocket": {"port": 1}, "successThreshold": 2}}, []),
    ({"readinessProbe": {"tcpSocket": {"port": 1}, "terminationGracePeriodSeconds": 2}}, [
        "readinessProbe.terminationGracePeriodSeconds: Invalid value: 2: must not be set for readinessProbes"]),
    ({"lifecycle": {"preStop": {"exec": {}}}}, ["lifecycle.preStop.exec.command: Required value"]),
    ({"volumeMounts": [{"name": "nope", "mountPath": "/x"}]}, ['volumeMounts[0].name: Not found: "nope"']),
    ({"volumeMounts": [{"name": "v"}]}, ["volumeMounts[0].mountPath: Required value"]),
    ({"volumeMounts": [{"name": "v", "mountPath": "/x"}, {"name": "v", "mountPath": "/x"}]}, [
        'volumeMounts[1].mountPath: Invalid value: "/x": must be unique']),
    ({"volumeMounts": [{"name": "v", "mountPath": "/x", "subPath": "../y"}]}, [
        "volumeMounts.subPath: Invalid value: \"../y\": must not contain '..'"]),
    ({"volumeMounts": [{"name": "v", "mountPath": "/x", "subPath": "/y"}]}, [
        'volumeMounts.subPath: Invalid value: "/y": must be a relative path']),
    ({"securityContext": {"privileged": True, "allowPrivilegeEscalation": False}}, [
        'securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set '
        "`allowPrivilegeEscalation` to false and `privileged` to true"]),
    ({"securityContext": {"seccompProfile": {"type": "x"}}}, [
        'securityContext.seccompProfile.type: Unsupported value: "x": supported values: "Localhost", "RuntimeDefault", '
        '"Unconfined"']),
])  # fmt: skip
def test_containers(make_pod, told, container, expected):
    causes = POD.validate(make_pod({"volumes": [{"name": "v"}]}, **container))
    assert told(causes) == [f"spec.containers[0].{each}" for each in expected]


def test_names_of_containers_are_told_apart(make_pod, told):
    pod = make_pod({"containers": [{"name": "a", "image": "x"}, {"name": "a", "image": "x"}],
                    "initContainers": [{"name": "a", "image": "x"}]})  # fmt: skip
    assert told(POD.validate(pod)) == [
        'spec.containers[1].name: Duplicate value: "a"', 'spec.initContainers[0].name: Duplicate value: "a"']


def test_init_containers(make_pod, told):
    probe = {"tcpSocket": {"port": 1}}
    pod = make_pod({"initContainers": [
        {"name": "i", "image": "x", "readinessProbe": probe},
        {"name": "s", "image": "x", "readinessProbe": probe, "restartPolicy": "Always"},
        {"name": "t", "image": "x", "restartPolicy": "Never", "startupProbe": probe},
    ]})  # fmt: skip
    assert told(POD.validate(pod)) == [
        "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without "
        "restartPolicy=Always",
        "spec.initContainers[2].startupProbe: Forbidden: may not be set for init containers without "
        "restartPolicy=Always",
    ]


@pytest.mark.parametrize(("volume", "expected"), [
    ({"name": ""}, [".name: Required value"]),
    ({"name": "A"}, [f'.name: Invalid value: "A": {LABEL}']),
    ({"emptyDir": {}, "hostPath": {"path": "/"}}, [".hostPath: Forbidden: may not specify more than 1 volume type"]),
    ({"hostPath": {}}, [".hostPath.path: Required value"]),
    ({"hostPath": {"path": "/a/../b"}}, [".hostPath.path: Invalid value: \"/a/../b\": must not contain '..'"]),
    ({"hostPath": {"path": "/a", "type": "Dir"}}, [
        '.hostPath.type: Unsupported value: "Dir": supported values: "", "BlockDevice", "CharDevice", "Directory", '
        '"DirectoryOrCreate", "File", "FileOrCreate", "Socket"']),
    ({"configMap": {}}, [".configMap.name: Required value"]),
    ({"secret": {}}, [".secret.secretName: Required value"]),
    ({"secret": {"secretName": "s", "defaultMode": 512}}, [
        ".secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive"]),
    ({"configMap": {"name": "c", "items": [{"key": "k", "path": "/x"}, {}]}}, [
        '.configMap.items[0].path: Invalid value: "/x": must be a relative path',
        ".configMap.items[1].key: Required value", ".configMap.items[1].path: Required value"]),
    ({"persistentVolumeClaim": {}}, [".persistentVolumeClaim.claimName: Required value"]),
    ({"projected": {"sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 5}}]}}, [
        ".projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration "
        "less than 10 minutes"]),
    ({"emptyDir": {"sizeLimit": "-1"}}, [
        ".emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"]),
])  # fmt: skip
def test_volumes(make_pod, told, volume, expected):
    spec = {"serviceAccountName": "default", "volumes": [{"name": "v", **volume}]}
    assert told(POD.validate(make_pod(spec))) == [
        f"spec.volumes[0]{each}" for each in expected]


def test_names_of_volumes_are_told_apart(make_pod, told):
    assert told(POD.validate(make_pod({"volumes": [{"name": "v"}, {"name": "v"}]}))) == [
        'spec.volumes[1].name: Duplicate value: "v"']


@pytest.mark.parametrize(("toleration", "expected"), [
    ({"operator": "Exists"}, []),
    ({"key": "a", "value": "b", "effect": "NoSchedule"}, []),
    ({}, ['operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and '
          'all keys"']),
    ({"key": "a", "operator": "Exists", "value": "x"}, [
        "operator: Invalid value: \"x\": value must be empty when `operator` is 'Exists'"]),
    ({"key": "a", "operator": "In"}, ['operator: Unsupported value: "In": supported values: "Equal", "Exists"']),
    ({"key": "a", "effect": "Evict"}, [
        'effect: Unsupported value: "Evict": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"']),
    ({"key": "a", "effect": "NoSchedule", "tolerationSeconds": 3}, [
        "effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set"]),
])  # fmt: skip
def test_tolerations(make_pod, told, toleration, expected):
    assert told(POD.validate(make_pod({"tolerations": [toleration]}))) == [
        f"spec.tolerations[0].{each}" for each in expected]


REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


@pytest.mark.parametrize(("affinity", "expected"), [
    ({"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": []}}}, [
        f"nodeAffinity.{REQUIRED}.nodeSelectorTerms: Required value: must have at least one node selector term"]),
    ({"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In"}]}]}}}, [
        f"nodeAffinity.{REQUIRED}.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified "
        "when `operator` is 'In' or 'NotIn'"]),
    ({"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Is"}]}]}}}, [
        f'nodeAffinity.{REQUIRED}.nodeSelectorTerms[0].matchExpressions[0].operator: Invalid value: "Is": not a '
        "valid selector operator"]),
    ({"nodeAffinity": {PREFERRED: [{"weight": 0, "preference": {}}]}}, [
        f"nodeAffinity.{PREFERRED}[0].weight: Invalid value: 0: must be in the range 1-100"]),
    ({"podAntiAffinity": {REQUIRED: [{"labelSelector": {"matchLabels": {"a": "b"}}}]}}, [
        f"podAntiAffinity.{REQUIRED}[0].topologyKey: Required value: can not be empty",
        f'podAntiAffinity.{REQUIRED}[0].topologyKey: Invalid value: "": name part must be non-empty',
        f"podAntiAffinity.{REQUIRED}[0].topologyKey: Invalid value: \"\": name part must consist of alphanumeric "
        "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or "
        "'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"]),
])  # fmt: skip
def test_affinity(make_pod, told, affinity, expected):
    assert told(POD.validate(make_pod({"affinity": affinity}))) == [f"spec.affinity.{each}" for each in expected]


def test_all_causes_are_told_at_once(make_pod, told):
    pod = make_pod({"restartPolicy": "x", "containers": [{"name": "A", "image": ""}]}, metadata={"name": "A"})
    assert [each.split(":")[0] for each in told(POD.validate(pod))] == [
        "metadata.name", "spec.containers[0].name", "spec.containers[0].image", "spec.restartPolicy"]


class TestWarnings:
    def test_nothing_to_say(self, make_pod):
        assert POD.warnings(make_pod({
            "volumes": [{"name": "v"}], "preemptionPolicy": "Never",
            "affinity": {"nodeAffinity": {}, "podAffinity": {}, "podAntiAffinity": {}},
            "topologySpreadConstraints": [{"labelSelector": {}}],
            "containers": [{"name": "c", "image": "x", "lifecycle": {"stopSignal": "SIGUSR1"}}]})) == []  # fmt: skip

    @pytest.mark.parametrize(("spec", "path"), [
        ({"hostUsers": False}, "spec.hostUsers"),
        ({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "x"}}]},
         "spec.volumes[0].persistentVolumeClaim"),
        ({"containers": [{"name": "c", "image": "x", "restartPolicy": "Never"}]}, "spec.containers[0].restartPolicy"),
        ({"initContainers": [{"name": "i", "image": "x", "restartPolicy": "Never"}]},
         "spec.initContainers[0].restartPolicy"),
        ({"securityContext": {"seLinuxOptions": {}}}, "spec.securityContext.seLinuxOptions"),
        ({"initContainers": [{"name": "i", "image": "x", "resizePolicy": []}]}, "spec.initContainers[0].resizePolicy"),
        ({"containers": [{"name": "c", "image": "x", "ports": [
            {"containerPort": 80, "hostPort": 80, "hostIP": "192.0.2.1"},
            {"containerPort": 80, "hostPort": 81, "hostIP": "::1"}]}]}, "spec.containers[0].ports[1].hostIP"),
        ({"containers": [{"name": "c", "image": "x", "ports": [
            {"containerPort": 80, "hostPort": 80, "hostIP": "eth0"}]}]}, "spec.containers[0].ports[0].hostIP"),
    ])  # fmt: skip
    def test_what_is_not_acted_on(self, make_pod, spec, path):
        assert POD.warnings(make_pod(spec)) == [f"{path} is stored, but not acted on yet"]
