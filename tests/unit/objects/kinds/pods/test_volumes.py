"""Every sort of volume, and where containers see it."""

import pytest

from services.objects.kinds import POD

CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


@pytest.mark.parametrize(("source", "expected"), [
    ({"nfs": {"server": "s", "path": "rel"}}, ['.nfs.path: Invalid value: "rel": must be an absolute path']),
    ({"gcePersistentDisk": {"partition": 256}}, [
        ".persistentDisk.pdName: Required value",
        ".persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive"]),
    ({"awsElasticBlockStore": {}}, [".awsElasticBlockStore.volumeID: Required value"]),
    ({"gitRepo": {"directory": "../x"}}, [
        ".gitRepo.repository: Required value",
        ".gitRepo.directory: Invalid value: \"../x\": must not contain '..'"]),
    ({"iscsi": {"targetPortal": "p", "iqn": "iqn.2026-01.example.com:disk"}}, []),
    ({"iscsi": {"targetPortal": "p", "iqn": "eui.short", "lun": 256, "chapAuthSession": True}}, [
        '.iscsi.iqn: Invalid value: "eui.short": must be valid format',
        ".iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive",
        ".iscsi.secretRef: Required value"]),
    ({"iscsi": {"targetPortal": "p" * 70, "iqn": "naa." + "0" * 32, "initiatorName": "naa." + "0" * 32}}, [
        '.name: Invalid value: "v": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if '
        "iscsi.initiatorName is specified."]),
    ({"glusterfs": {}}, [".glusterfs.endpoints: Required value", ".glusterfs.path: Required value"]),
    ({"flocker": {}}, [".flocker: Required value: one of datasetName and datasetUUID is required"]),
    ({"flocker": {"datasetName": "a/b", "datasetUUID": "u"}}, [
        '.flocker: Invalid value: "resource": datasetName and datasetUUID can not be specified simultaneously',
        ".flocker.datasetName: Invalid value: \"a/b\": must not contain '/'"]),
    ({"rbd": {}}, [".rbd.monitors: Required value", ".rbd.image: Required value"]),
    ({"cinder": {"volumeID": "v", "secretRef": {}}}, [".cinder.secretRef.name: Required value"]),
    ({"cephfs": {}}, [".cephfs.monitors: Required value"]),
    ({"quobyte": {"registry": "a", "volume": "v"}}, [
        '.quobyte.registry: Invalid value: "a": must be a host:port pair or multiple pairs separated by commas']),
    ({"quobyte": {"registry": "a:1,[::1]:2", "volume": "v"}}, []),
    ({"fc": {}}, [".fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both"]),
    ({"fc": {"targetWWNs": ["w"]}}, [".fc.lun: Required value: lun is required if targetWWNs is specified"]),
    ({"flexVolume": {"driver": "d", "options": {"x.kubernetes.io/y": "z"}}}, [
        '.flexVolume.options[x.kubernetes.io/y]: Invalid value: "x.kubernetes.io/y": kubernetes.io and k8s.io '
        "namespaces are reserved"]),
    ({"azureFile": {}}, [".azureFile.secretName: Required value", ".azureFile.shareName: Required value"]),
    ({"azureDisk": {"diskName": "d", "diskURI": "http://x", "kind": "Managed"}}, [
        '.azureDisk.diskURI: Unsupported value: "http://x": supported values: "/subscriptions/{sub-id}/resourcegroups/'
        '{group-name}/providers/microsoft.compute/disks/{disk-id}"']),
    ({"vsphereVolume": {}}, [".vsphereVolume.volumePath: Required value"]),
    ({"photonPersistentDisk": {}}, [".photonPersistentDisk.pdID: Required value"]),
    ({"portworxVolume": {}}, [".portworxVolume.volumeID: Required value"]),
    ({"storageos": {"volumeName": "v", "volumeNamespace": "n", "secretRef": {}}}, [
        ".storageos.secretRef.name: Required value"]),
    ({"scaleIO": {}}, [".scaleIO.gateway: Required value", ".scaleIO.system: Required value",
                       ".scaleIO.volumeName: Required value"]),
    ({"csi": {"driver": "D.example.com", "nodePublishSecretRef": {}}}, [
        ".csi.nodePublishSecretRef.name: Required value"]),
    ({"image": {"reference": "r", "pullPolicy": "Odd"}}, [
        '.image.pullPolicy: Unsupported value: "Odd": supported values: "Always", "IfNotPresent", "Never"']),
    ({"image": {}}, [".image.reference: Required value"]),
    ({"ephemeral": {}}, [".ephemeral.volumeClaimTemplate: Required value"]),
    ({"ephemeral": {"volumeClaimTemplate": {"metadata": {"name": "x"}, "spec": CLAIM}}}, [
        ".ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set"]),
    ({"downwardAPI": {"items": [{"path": "a"}, {"path": "b", "fieldRef": {"fieldPath": "spec.nodeName"}}]}}, [
        ".downwardAPI: Required value: one of fieldRef and resourceFieldRef is required",
        '.downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: '
        '"metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"']),
    ({"secret": {"secretName": "s"}, "emptyDir": {}}, [".secret: Forbidden: may not specify more than 1 volume type"]),
])  # fmt: skip
def test_sources(make_pod, told, source, expected):
    pod = make_pod({"volumes": [{"name": "v", **source}]})
    assert told(POD.validate(pod)) == [f"spec.volumes[0]{each}" for each in expected]


SIGNED = {"signerName": "example.com/a", "keyType": "ED25519"}


@pytest.mark.parametrize(("sources", "expected"), [
    ([{"configMap": {"name": "c"}}, {"secret": {"name": "s"}}], []),
    ([{"configMap": {}}], [".sources[0].configMap.name: Required value"]),
    ([{"configMap": {"name": "c", "items": [{"key": "k", "path": "p"}]}},
      {"secret": {"name": "s", "items": [{"key": "k", "path": "p"}]}}], [
        ': Invalid value: "s": conflicting duplicate paths']),
    ([{"configMap": {"name": "c"}, "secret": {"name": "s"}}], [
        ".sources[0]: Forbidden: may not specify more than 1 volume type per source"]),
    ([{"serviceAccountToken": {"path": "/abs"}}], ['.path: Invalid value: "/abs": must be a relative path']),
    ([{"serviceAccountToken": {"path": "t", "expirationSeconds": 2**32 + 1}}], [
        ".sources[0].serviceAccountToken.expirationSeconds: Invalid value: 4294967297: may not specify a duration "
        "larger than 2^32 seconds"]),
    ([{"clusterTrustBundle": {"path": "ca"}}], [
        ".sources[0].clusterTrustBundle: Required value: either name or signerName must be specified"]),
    ([{"clusterTrustBundle": {"path": "ca", "name": "b", "labelSelector": {}}}], [
        ".sources[0].clusterTrustBundle.labelSelector: Invalid value: {}: labelSelector must be unset if name is "
        "specified"]),
    ([{"clusterTrustBundle": {"path": "ca", "signerName": "nodomain"}}], [
        '.sources[0].clusterTrustBundle.signerName: Invalid value: "nodomain": must be a fully qualified domain and '
        "path of the form 'example.com/signer-name'"]),
    ([{"podCertificate": {**SIGNED, "credentialBundlePath": "b.pem"}}], []),
    ([{"podCertificate": SIGNED}], [
        ".sources[0].podCertificate: Required value: specify at least one of credentialBundlePath, keyPath, and "
        "certificateChainPath"]),
    ([{"podCertificate": {**SIGNED, "keyPath": "k", "keyType": "DSA", "maxExpirationSeconds": 60}}], [
        '.sources[0].podCertificate.keyType: Unsupported value: "DSA": supported values: "RSA3072", "RSA4096", '
        '"ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"',
        ".sources[0].podCertificate.maxExpirationSeconds: Invalid value: 60: if provided, maxExpirationSeconds must be "
        ">= 3600"]),
])  # fmt: skip
def test_projected(make_pod, told, sources, expected):
    pod = make_pod({"serviceAccountName": "default", "volumes": [{"name": "v", "projected": {"sources": sources}}]})
    assert told(POD.validate(pod)) == [f"spec.volumes[0].projected{each}" for each in expected]


def test_a_token_needs_an_account(make_pod, told):
    sources = [{"serviceAccountToken": {"path": "t"}}]
    assert told(POD.validate(make_pod({"volumes": [{"name": "v", "projected": {"sources": sources}}]}))) == [
        "spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when "
        "serviceAccountName is not set"]


def test_claims_that_the_pod_makes_itself(make_pod, told):
    volumes = [{"name": "data", "ephemeral": {"volumeClaimTemplate": {"spec": CLAIM}}},
               {"name": "other", "persistentVolumeClaim": {"claimName": "web-data"}}]  # fmt: skip
    assert told(POD.validate(make_pod({"volumes": volumes}))) == [
        'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "web-data": must not reference a PVC that '
        "gets created for an ephemeral volume"]


def test_a_bad_volume_is_not_there_for_mounts(make_pod, told):
    pod = make_pod({"volumes": [{"name": "v", "secret": {}}]}, volumeMounts=[{"name": "v", "mountPath": "/v"}])
    assert told(POD.validate(pod)) == [
        "spec.volumes[0].secret.secretName: Required value", 'spec.containers[0].volumeMounts[0].name: Not found: "v"']


@pytest.mark.parametrize(("mount", "container", "expected"), [
    ({"subPathExpr": "$(A)"}, {}, []),
    ({"subPathExpr": "a", "subPath": "b"}, {}, [
        'volumeMounts[0].subPathExpr: Invalid value: "a": subPathExpr and subPath are mutually exclusive']),
    ({"mountPropagation": "Some"}, {}, [
        'volumeMounts.mountPropagation: Unsupported value: "Some": supported values: "Bidirectional", '
        '"HostToContainer", "None"']),
    ({"mountPropagation": "Bidirectional"}, {}, [
        "volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged "
        "containers"]),
    ({"mountPropagation": "Bidirectional"}, {"securityContext": {"privileged": True}}, []),
    ({"recursiveReadOnly": "Enabled"}, {}, [
        "volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true"]),
    ({"recursiveReadOnly": "IfPossible", "readOnly": True, "mountPropagation": "HostToContainer"}, {}, [
        "volumeMounts.recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not "
        "specified"]),
    ({"recursiveReadOnly": "Odd"}, {}, [
        'volumeMounts.recursiveReadOnly: Unsupported value: "Odd": supported values: "Disabled", "Enabled", '
        '"IfPossible"']),
    ({}, {"volumeDevices": [{"name": "v", "devicePath": "/dev/x"}]}, [
        'volumeMounts[0].name: Invalid value: "v": must not already exist in volumeDevices',
        'volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or '
        "Ephemeral for block mode",
        'volumeDevices[0].name: Invalid value: "v": must not already exist in volumeMounts']),
    ({}, {"volumeDevices": [{"name": "p", "devicePath": "/dev/../x"}, {"name": "p"}]}, [
        "volumeDevices[0].devicePath: Invalid value: \"/dev/../x\": can not contain backsteps ('..')",
        'volumeDevices[1].name: Invalid value: "p": must be unique', "volumeDevices[1].devicePath: Required value"]),
])  # fmt: skip
def test_mounts(make_pod, told, mount, container, expected):
    volumes = [{"name": "v"}, {"name": "p", "persistentVolumeClaim": {"claimName": "c"}}]
    mounts = [{"name": "v", "mountPath": "/v", **mount}]
    assert told(POD.validate(make_pod({"volumes": volumes}, volumeMounts=mounts, **container))) == [
        f"spec.containers[0].{each}" for each in expected]
