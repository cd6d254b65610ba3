"""Field numbers of meta/v1 (see `messages` for how to read a line)."""

TABLE = """\
meta.v1.APIGroup: 1:name=s! 2:versions=*.GroupVersionForDiscovery 3:preferredVersion=.GroupVersionForDiscovery
  4:serverAddressByClientCIDRs=*.ServerAddressByClientCIDR
meta.v1.APIGroupList: 1:groups=*.APIGroup
meta.v1.APIResource: 1:name=s! 2:namespaced=b! 3:kind=s! 4:verbs=.Verbs 5:shortNames=*s 6:singularName=s!
  7:categories=*s 8:group=s 9:version=s 10:storageVersionHash=s
meta.v1.APIResourceList: 1:groupVersion=s! 2:resources=*.APIResource
meta.v1.APIVersions: 1:versions=*s 2:serverAddressByClientCIDRs=*.ServerAddressByClientCIDR
meta.v1.Condition: 1:type=s! 2:status=s! 3:observedGeneration=i 4:lastTransitionTime=.Time 5:reason=s! 6:message=s!
meta.v1.DeleteOptions: 1:gracePeriodSeconds=i! 2:preconditions=.Preconditions 3:orphanDependents=b!
  4:propagationPolicy=s! 5:dryRun=*s 6:ignoreStoreReadErrorWithClusterBreakingPotential=b!
meta.v1.FieldSelectorRequirement: 1:key=s! 2:operator=s! 3:values=*s
meta.v1.GroupResource: 1:group=s! 2:resource=s!
meta.v1.GroupVersionForDiscovery: 1:groupVersion=s! 2:version=s!
meta.v1.LabelSelector: 1:matchLabels=%s 2:matchExpressions=*.LabelSelectorRequirement
meta.v1.LabelSelectorRequirement: 1:key=s! 2:operator=s! 3:values=*s
meta.v1.ListMeta: 1:selfLink=s 2:resourceVersion=s 3:continue=s 4:remainingItemCount=i!
meta.v1.ManagedFieldsEntry: 1:manager=s 2:operation=s 3:apiVersion=s 4:time=.Time 6:fieldsType=s 7:fieldsV1=.FieldsV1
  8:subresource=s
meta.v1.ObjectMeta: 1:name=s 2:generateName=s 3:namespace=s 4:selfLink=s 5:uid=s 6:resourceVersion=s 7:generation=i
  8:creationTimestamp=.Time 9:deletionTimestamp=.Time 10:deletionGracePeriodSeconds=i! 11:labels=%s 12:annotations=%s
  13:ownerReferences=*.OwnerReference 14:finalizers=*s 17:managedFields=*.ManagedFieldsEntry
meta.v1.OwnerReference: 1:kind=s! 3:name=s! 4:uid=s! 5:apiVersion=s! 6:controller=b! 7:blockOwnerDeletion=b!
meta.v1.PartialObjectMetadata: 1:metadata=.ObjectMeta
meta.v1.PartialObjectMetadataList: 1:metadata=.ListMeta 2:items=*.PartialObjectMetadata
meta.v1.Preconditions: 1:uid=s! 2:resourceVersion=s!
meta.v1.ServerAddressByClientCIDR: 1:clientCIDR=s! 2:serverAddress=s!
meta.v1.Status: 1:metadata=.ListMeta 2:status=s 3:message=s 4:reason=s 5:details=.StatusDetails 6:code=i
meta.v1.StatusCause: 1:reason=s 2:message=s 3:field=s
meta.v1.StatusDetails: 1:name=s 2:group=s 3:kind=s 4:causes=*.StatusCause 5:retryAfterSeconds=i 6:uid=s
meta.v1.WatchEvent: 1:type=s! 2:object=runtime.RawExtension
"""
