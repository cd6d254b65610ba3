"""Field numbers of storage/v1 (see `messages` for how to read a line)."""

TABLE = """\
storage.v1.CSIDriver: 1:metadata=meta.v1.ObjectMeta 2:spec=.CSIDriverSpec
storage.v1.CSIDriverList: 1:metadata=meta.v1.ListMeta 2:items=*.CSIDriver
storage.v1.CSIDriverSpec: 1:attachRequired=b! 2:podInfoOnMount=b! 3:volumeLifecycleModes=*s 4:storageCapacity=b!
  5:fsGroupPolicy=s! 6:tokenRequests=*.TokenRequest 7:requiresRepublish=b! 8:seLinuxMount=b!
  9:nodeAllocatableUpdatePeriodSeconds=i! 10:serviceAccountTokenInSecrets=b! 11:preventPodSchedulingIfMissing=b!
storage.v1.CSINode: 1:metadata=meta.v1.ObjectMeta 2:spec=.CSINodeSpec
storage.v1.CSINodeDriver: 1:name=s! 2:nodeID=s! 3:topologyKeys=*s 4:allocatable=.VolumeNodeResources
storage.v1.CSINodeList: 1:metadata=meta.v1.ListMeta 2:items=*.CSINode
storage.v1.CSINodeSpec: 1:drivers=*.CSINodeDriver
storage.v1.CSIStorageCapacity: 1:metadata=meta.v1.ObjectMeta 2:nodeTopology=meta.v1.LabelSelector
  3:storageClassName=s! 4:capacity=resource.Quantity 5:maximumVolumeSize=resource.Quantity
storage.v1.CSIStorageCapacityList: 1:metadata=meta.v1.ListMeta 2:items=*.CSIStorageCapacity
storage.v1.StorageClass: 1:metadata=meta.v1.ObjectMeta 2:provisioner=s! 3:parameters=%s 4:reclaimPolicy=s!
  5:mountOptions=*s 6:allowVolumeExpansion=b! 7:volumeBindingMode=s! 8:allowedTopologies=*core.v1.TopologySelectorTerm
storage.v1.StorageClassList: 1:metadata=meta.v1.ListMeta 2:items=*.StorageClass
storage.v1.TokenRequest: 1:audience=s! 2:expirationSeconds=i!
storage.v1.VolumeAttachment: 1:metadata=meta.v1.ObjectMeta 2:spec=.VolumeAttachmentSpec
  3:status=.VolumeAttachmentStatus
storage.v1.VolumeAttachmentList: 1:metadata=meta.v1.ListMeta 2:items=*.VolumeAttachment
storage.v1.VolumeAttachmentSource: 1:persistentVolumeName=s! 2:inlineVolumeSpec=core.v1.PersistentVolumeSpec
storage.v1.VolumeAttachmentSpec: 1:attacher=s! 2:source=.VolumeAttachmentSource 3:nodeName=s!
storage.v1.VolumeAttachmentStatus: 1:attached=b! 2:attachmentMetadata=%s 3:attachError=.VolumeError
  4:detachError=.VolumeError
storage.v1.VolumeAttributesClass: 1:metadata=meta.v1.ObjectMeta 2:driverName=s! 3:parameters=%s
storage.v1.VolumeAttributesClassList: 1:metadata=meta.v1.ListMeta 2:items=*.VolumeAttributesClass
storage.v1.VolumeError: 1:time=meta.v1.Time 2:message=s 3:errorCode=i!
storage.v1.VolumeNodeResources: 1:count=i!
"""
