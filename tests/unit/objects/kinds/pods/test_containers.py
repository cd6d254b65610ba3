"""What containers may say beyond the common: restarts, hooks, resources, security, the operating system."""

import pytest

from services.objects.kinds import POD

LINUX = {"os": {"name": "linux"}}
WINDOWS = {"os": {"name": "windows"}}


def rules(*codes, operator="In", action="Restart"):
    return [{"action": action, "exitCodes": {"operator": operator, "values": list(codes)}}]


@pytest.mark.parametrize(("container", "expected"), [
    ({"restartPolicy": "Never", "restartPolicyRules": rules(42)}, []),
    ({"restartPolicyRules": rules(42)}, [
        "restartPolicy: Required value: must specify restartPolicy when restart rules are used"]),
    ({"restartPolicy": "Never", "restartPolicyRules": rules(operator="Is", action="Stop")}, [
        'restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart"',
        'restartPolicyRules[0].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"']),
    ({"restartPolicy": "Never", "restartPolicyRules": [{"action": "Restart"}]}, [
        "restartPolicyRules[0].exitCodes: Required value: must be specified"]),
    ({"restartPolicy": "Never", "restartPolicyRules": rules(1) * 21}, [
        "restartPolicyRules: Too many: 21: must have at most 20 items"]),
    ({"restartPolicy": "Never", "restartPolicyRules": rules(*range(256))}, [
        "restartPolicyRules[0].exitCodes.values: Too many: 256: must have at most 255 items"]),
    ({"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}]}, []),
    ({"resizePolicy": [{"resourceName": "disk", "restartPolicy": "Maybe"}]}, [
        'resizePolicy: Unsupported value: "disk": supported values: "cpu", "memory"',
        'resizePolicy: Unsupported value: "Maybe": supported values: "NotRequired", "RestartContainer"']),
    ({"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}] * 2}, [
        'resizePolicy[1]: Duplicate value: "cpu"']),
    ({"resources": {"limits": {"hugepages-2Mi": "4Mi"}}}, ["resources: Forbidden: HugePages require cpu or memory"]),
    ({"resources": {"limits": {"cpu": "1", "hugepages-2Mi": "3Mi"}}}, [
        'resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
        'resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of '
        "hugepages-2Mi"]),
    ({"resources": {"limits": {"requests.example.com/x": "1"}}}, [
        'resources.limits[requests.example.com/x]: Invalid value: "requests.example.com/x": doesn\'t follow extended '
        "resource name standard",
        'resources.requests[requests.example.com/x]: Invalid value: "requests.example.com/x": doesn\'t follow extended '
        "resource name standard"]),
    ({"resources": {"claims": [{"name": "gpu"}]}}, [
        'resources.claims[0]: Not found: "gpu": must be one of the names in pod.spec.resourceClaims which is empty']),
    ({"lifecycle": {"preStop": {"sleep": {"seconds": 31}}}}, [
        "lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than "
        "terminationGracePeriodSeconds (30)"]),
    ({"lifecycle": {"preStop": {"sleep": {"seconds": 0}}}}, []),
    ({"lifecycle": {"stopSignal": "SIGUSR1"}}, [
        "lifecycle.stopSignal: Forbidden: may not be set for containers with empty `spec.os.name`"]),
    ({"livenessProbe": {"grpc": {"port": 0}}}, [
        "livenessProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive"]),
    ({"livenessProbe": {"httpGet": {"port": 80, "httpHeaders": [{"name": "a b"}]}}}, [
        "livenessProbe.httpGet.httpHeaders: Invalid value: \"a b\": a valid HTTP header must consist of alphanumeric "
        "characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"]),
    ({"livenessProbe": {"exec": {"command": ["a"]}, "terminationGracePeriodSeconds": 0}}, [
        "livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0"]),
    ({"securityContext": {"procMount": "Unmasked"}}, [
        'securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`']),
    ({"securityContext": {"seccompProfile": {"type": "Localhost"}}}, [
        "securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost"]),
    ({"securityContext": {"seccompProfile": {"type": "Unconfined", "localhostProfile": "x"}}}, [
        'securityContext.seccompProfile.localhostProfile: Invalid value: {"Type":"Unconfined","LocalhostProfile":"x"}: '
        "can only be set when seccomp type is Localhost"]),
    ({"securityContext": {"appArmorProfile": {"type": "Localhost", "localhostProfile": " x"}}}, [
        'securityContext.appArmorProfile.localhostProfile: Invalid value: " x": must not be padded with whitespace']),
    ({"securityContext": {"appArmorProfile": {"type": "RuntimeDefault", "localhostProfile": "x"}}}, [
        'securityContext.appArmorProfile.localhostProfile: Invalid value: "x": can only be set when AppArmor type is '
        "Localhost"]),
    ({"securityContext": {"windowsOptions": {"runAsUserName": "a\\b\\c"}}}, [
        'securityContext.windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more '
        "than one backslash"]),
    ({"env": [{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "v", "path": "../x", "key": "K"}}}]}, [
        "env[0].valueFrom.fileKeyRef.path: Invalid value: \"../x\": must not contain '..'"]),
    ({"env": [{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "c", "path": "x", "key": "K"}}}]}, [
        'env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "c": referenced volume must be of type emptyDir']),
    ({"env": [{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "w", "path": "x", "key": "K"}}}]}, [
        'env[0].valueFrom.fileKeyRef.volumeName: Not found: "w"']),
    ({"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "2"}}}]}, [
        'env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are '
        "supported with the cpu resource"]),
    ({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name", "apiVersion": "v2"}}}]}, [
        'env[0].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.name": error converting fieldPath: unsupported '
        "pod version: v2"]),
])  # fmt: skip
def test_containers(make_pod, told, container, expected):
    volumes = [{"name": "v", "emptyDir": {}}, {"name": "c", "configMap": {"name": "c"}}]
    assert told(POD.validate(make_pod({"volumes": volumes}, **container))) == [
        f"spec.containers[0].{each}" for each in expected]


@pytest.mark.parametrize(("spec", "container", "expected"), [
    (LINUX, {"lifecycle": {"stopSignal": "SIGUSR1"}}, []),
    (WINDOWS, {"lifecycle": {"stopSignal": "SIGUSR1"}}, [
        'spec.containers[0].lifecycle.stopSignal: Unsupported value: "SIGUSR1": supported values: "SIGKILL", '
        '"SIGTERM"']),
    (LINUX, {"securityContext": {"windowsOptions": {}}}, [
        "spec.containers[0].securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod"]),
    (WINDOWS, {"securityContext": {"privileged": True}}, [
        "spec.containers[0].securityContext.privileged: Forbidden: cannot be set for a windows pod"]),
    ({**WINDOWS, "hostPID": True, "securityContext": {"fsGroup": 1}}, {}, [
        "spec.securityContext.fsGroup: Forbidden: cannot be set for a windows pod",
        "spec.hostPID: Forbidden: cannot be set for a windows pod"]),
    ({"os": {"name": "plan9"}}, {}, ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"']),
    ({}, {"securityContext": {"windowsOptions": {"hostProcess": True}}}, [
        "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers"]),
    ({"hostUsers": False, "hostNetwork": True}, {}, ["spec.hostNetwork: Forbidden: when `hostUsers` is false"]),
    ({"hostNetwork": True}, {"ports": [{"containerPort": 80, "hostPort": 81}]}, [
        "spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is "
        "true"]),
    ({"securityContext": {"sysctls": [{"name": "a b"}, {"name": "net.core.somaxconn"}, {"name": "x"}, {"name": "x"}]}},
     {}, [
        'spec.securityContext.sysctls[0].name: Invalid value: "a b": must have at most 253 characters and match regex '
        r"^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
        'spec.securityContext.sysctls[3].name: Duplicate value: "x"']),
    ({"hostNetwork": True, "securityContext": {"sysctls": [{"name": "net.core.somaxconn"}]}}, {}, [
        'spec.securityContext.sysctls[0].name: Invalid value: "net.core.somaxconn": may not be specified when '
        "'hostNetwork' is true"]),
    ({"securityContext": {"supplementalGroupsPolicy": "Some", "fsGroupChangePolicy": "x"}}, {}, [
        'spec.securityContext.fsGroupChangePolicy: Unsupported value: "x": supported values: "Always", '
        '"OnRootMismatch"',
        'spec.securityContext.supplementalGroupsPolicy: Unsupported value: "Some": supported values: "Merge", '
        '"Strict"']),
    ({"restartPolicy": "Never"}, {"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]}, [
        'spec.containers[0].resizePolicy: Invalid value: "RestartContainer": must be \'NotRequired\' when '
        "`restartPolicy` is 'Never'"]),
])  # fmt: skip
def test_pods_around_containers(make_pod, told, spec, container, expected):
    assert told(POD.validate(make_pod(spec, **container))) == expected


GPU = {"name": "gpu", "resourceClaimName": "one"}


@pytest.mark.parametrize(("claims", "used", "expected"), [
    ([GPU], [{"name": "gpu", "request": "a"}, {"name": "gpu", "request": "b"}], []),
    ([GPU], [{"name": "gpu"}, {"name": "gpu", "request": "b"}], [
        'containers[0].resources.claims[1]: Duplicate value: "gpu"']),
    ([GPU], [{"name": "gpu", "request": "a"}, {"name": "gpu"}], [
        'containers[0].resources.claims[1]: Duplicate value: "gpu"']),
    ([GPU], [{"name": "tpu"}], ['containers[0].resources.claims[0]: Not found: "tpu": must be one of the names in '
                                "pod.spec.resourceClaims: gpu"]),
    ([GPU, GPU], [], ['resourceClaims[1].name: Duplicate value: "gpu"']),
    ([{"name": "gpu"}], [], [
        'resourceClaims[0]: Invalid value: {"Name":"gpu","ResourceClaimName":null,"ResourceClaimTemplateName":null}: '
        "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"]),
])  # fmt: skip
def test_claims_of_devices(make_pod, told, claims, used, expected):
    pod = make_pod({"resourceClaims": claims}, resources={"claims": used})
    assert told(POD.validate(pod)) == [f"spec.{each}" for each in expected]


def test_a_pod_as_a_whole_has_room_for_its_containers(make_pod, told):
    own = {"resources": {"requests": {"cpu": "600m"}, "limits": {"cpu": "2"}}}
    containers = [{"name": name, "image": "x", **own} for name in "ab"]
    pod = make_pod({"containers": containers, "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "1"}}})
    assert told(POD.validate(pod)) == [
        'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container '
        "requests of 1200m",
        'spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
        'spec.resources.containers[1][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
    ]
    claimed = make_pod({"resources": {"claims": [{"name": "x"}]}})
    assert told(POD.validate(claimed)) == [
        "spec.resources.claims: Forbidden: claims cannot be set for Resources at pod-level"]


@pytest.mark.parametrize(("container", "expected"), [
    ({}, []),
    ({"targetContainerName": "nobody"}, ['targetContainerName: Not found: "nobody"']),
    ({"name": "a"}, ['name: Duplicate value: "a"']),
    ({"ports": [{"containerPort": 80}]}, ["ports: Forbidden: cannot be set for an Ephemeral Container"]),
    ({"image": "web "}, ['image: Invalid value: "web ": must not have leading or trailing whitespace']),
    ({"volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "s"}]}, [
        "volumeMounts[0].subPath: Forbidden: cannot be set for an Ephemeral Container"]),
])  # fmt: skip
def test_ephemeral_containers(make_pod, told, container, expected):
    debug = {"name": "debug", "image": "busybox", "targetContainerName": "a", **container}
    pod = make_pod({"volumes": [{"name": "v"}], "ephemeralContainers": [debug]})
    assert told(POD.validate(pod)) == [f"spec.ephemeralContainers[0].{each}" for each in expected]
    assert told(POD.validate_create(pod)) == ["spec.ephemeralContainers: Forbidden: cannot be set on create"]


@pytest.mark.parametrize(("annotations", "spec", "expected"), [
    ({"kubernetes.io/config.mirror": "x"}, {}, [
        'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod '
        "annotation is set"]),
    ({"controller.kubernetes.io/pod-deletion-cost": "-5"}, {}, []),
    ({"controller.kubernetes.io/pod-deletion-cost": "+5"}, {}, [
        'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+5": must be a 32bit '
        "integer"]),
    ({"container.apparmor.security.beta.kubernetes.io/b": "odd"}, {}, [
        'metadata.annotations[container.apparmor.security.beta.kubernetes.io/b]: Invalid value: "b": container not '
        "found",
        'metadata.annotations[container.apparmor.security.beta.kubernetes.io/b]: Invalid value: "odd": invalid '
        'AppArmor profile name: "odd"']),
    ({"container.apparmor.security.beta.kubernetes.io/a": "unconfined"},
     {"securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}}}, [
        "spec.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in annotation and field "
        "must match"]),
    ({"seccomp.security.alpha.kubernetes.io/pod": "localhost/a"},
     {"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "b"}}}, [
        "spec.securityContext.seccompProfile.localhostProfile: Forbidden: seccomp profile in annotation and field must "
        "match"]),
    ({}, {"schedulingGates": [{"name": "a"}], "nodeName": "n"}, [
        "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"]),
])  # fmt: skip
def test_annotations_and_creation(make_pod, told, annotations, spec, expected):
    pod = make_pod(spec, metadata={"annotations": annotations})
    assert told(POD.validate(pod) + POD.validate_create(pod)) == expected
