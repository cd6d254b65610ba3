"""Field numbers of coordination, discovery, events, policy, autoscaling and authentication (see `protobuf`)."""

TABLE = """\
coordination.v1.Lease: 1:metadata=meta.v1.ObjectMeta 2:spec=.LeaseSpec
coordination.v1.LeaseList: 1:metadata=meta.v1.ListMeta 2:items=*.Lease
coordination.v1.LeaseSpec: 1:holderIdentity=s 2:leaseDurationSeconds=i! 3:acquireTime=meta.v1.MicroTime
  4:renewTime=meta.v1.MicroTime 5:leaseTransitions=i! 6:strategy=s 7:preferredHolder=s
discovery.v1.Endpoint: 1:addresses=*s 2:conditions=.EndpointConditions 3:hostname=s
  4:targetRef=core.v1.ObjectReference 5:deprecatedTopology=%s 6:nodeName=s 7:zone=s 8:hints=.EndpointHints
discovery.v1.EndpointConditions: 1:ready=b! 2:serving=b! 3:terminating=b!
discovery.v1.EndpointHints: 1:forZones=*.ForZone 2:forNodes=*.ForNode
discovery.v1.EndpointPort: 1:name=s! 2:protocol=s 3:port=i! 4:appProtocol=s
discovery.v1.EndpointSlice: 1:metadata=meta.v1.ObjectMeta 4:addressType=s! 2:endpoints=*.Endpoint
  3:ports=*.EndpointPort
discovery.v1.EndpointSliceList: 1:metadata=meta.v1.ListMeta 2:items=*.EndpointSlice
discovery.v1.ForNode: 1:name=s!
discovery.v1.ForZone: 1:name=s!
events.v1.Event: 1:metadata=meta.v1.ObjectMeta 2:eventTime=meta.v1.MicroTime 3:series=.EventSeries
  4:reportingController=s 5:reportingInstance=s 6:action=s 7:reason=s 8:regarding=core.v1.ObjectReference
  9:related=core.v1.ObjectReference 10:note=s 11:type=s 12:deprecatedSource=core.v1.EventSource
  13:deprecatedFirstTimestamp=meta.v1.Time 14:deprecatedLastTimestamp=meta.v1.Time 15:deprecatedCount=i
events.v1.EventList: 1:metadata=meta.v1.ListMeta 2:items=*.Event
events.v1.EventSeries: 1:count=i! 2:lastObservedTime=meta.v1.MicroTime
policy.v1.Eviction: 1:metadata=meta.v1.ObjectMeta 2:deleteOptions=meta.v1.DeleteOptions
policy.v1.PodDisruptionBudget: 1:metadata=meta.v1.ObjectMeta 2:spec=.PodDisruptionBudgetSpec
  3:status=.PodDisruptionBudgetStatus
policy.v1.PodDisruptionBudgetList: 1:metadata=meta.v1.ListMeta 2:items=*.PodDisruptionBudget
policy.v1.PodDisruptionBudgetSpec: 1:minAvailable=intstr.IntOrString! 2:selector=meta.v1.LabelSelector
  3:maxUnavailable=intstr.IntOrString! 4:unhealthyPodEvictionPolicy=s
policy.v1.PodDisruptionBudgetStatus: 1:observedGeneration=i 2:disruptedPods=%meta.v1.Time 3:disruptionsAllowed=i
  4:currentHealthy=i 5:desiredHealthy=i 6:expectedPods=i 7:conditions=*meta.v1.Condition
autoscaling.v1.ContainerResourceMetricSource: 1:name=s 2:targetAverageUtilization=i
  3:targetAverageValue=resource.Quantity 5:container=s
autoscaling.v1.ContainerResourceMetricStatus: 1:name=s 2:currentAverageUtilization=i
  3:currentAverageValue=resource.Quantity 4:container=s
autoscaling.v1.CrossVersionObjectReference: 1:kind=s! 2:name=s! 3:apiVersion=s
autoscaling.v1.ExternalMetricSource: 1:metricName=s 2:metricSelector=meta.v1.LabelSelector
  3:targetValue=resource.Quantity 4:targetAverageValue=resource.Quantity
autoscaling.v1.ExternalMetricStatus: 1:metricName=s 2:metricSelector=meta.v1.LabelSelector
  3:currentValue=resource.Quantity 4:currentAverageValue=resource.Quantity
autoscaling.v1.HorizontalPodAutoscaler: 1:metadata=meta.v1.ObjectMeta 2:spec=.HorizontalPodAutoscalerSpec
  3:status=.HorizontalPodAutoscalerStatus
autoscaling.v1.HorizontalPodAutoscalerCondition: 1:type=s 2:status=s 3:lastTransitionTime=meta.v1.Time 4:reason=s
  5:message=s
autoscaling.v1.HorizontalPodAutoscalerList: 1:metadata=meta.v1.ListMeta 2:items=*.HorizontalPodAutoscaler
autoscaling.v1.HorizontalPodAutoscalerSpec: 1:scaleTargetRef=.CrossVersionObjectReference 2:minReplicas=i!
  3:maxReplicas=i! 4:targetCPUUtilizationPercentage=i!
autoscaling.v1.HorizontalPodAutoscalerStatus: 1:observedGeneration=i 2:lastScaleTime=meta.v1.Time 3:currentReplicas=i!
  4:desiredReplicas=i! 5:currentCPUUtilizationPercentage=i
autoscaling.v1.MetricSpec: 1:type=s 2:object=.ObjectMetricSource 3:pods=.PodsMetricSource
  4:resource=.ResourceMetricSource 7:containerResource=.ContainerResourceMetricSource 5:external=.ExternalMetricSource
autoscaling.v1.MetricStatus: 1:type=s 2:object=.ObjectMetricStatus 3:pods=.PodsMetricStatus
  4:resource=.ResourceMetricStatus 7:containerResource=.ContainerResourceMetricStatus 5:external=.ExternalMetricStatus
autoscaling.v1.ObjectMetricSource: 1:target=.CrossVersionObjectReference 2:metricName=s
  3:targetValue=resource.Quantity 4:selector=meta.v1.LabelSelector 5:averageValue=resource.Quantity
autoscaling.v1.ObjectMetricStatus: 1:target=.CrossVersionObjectReference 2:metricName=s
  3:currentValue=resource.Quantity 4:selector=meta.v1.LabelSelector 5:averageValue=resource.Quantity
autoscaling.v1.PodsMetricSource: 1:metricName=s 2:targetAverageValue=resource.Quantity
  3:selector=meta.v1.LabelSelector
autoscaling.v1.PodsMetricStatus: 1:metricName=s 2:currentAverageValue=resource.Quantity
  3:selector=meta.v1.LabelSelector
autoscaling.v1.ResourceMetricSource: 1:name=s 2:targetAverageUtilization=i 3:targetAverageValue=resource.Quantity
autoscaling.v1.ResourceMetricStatus: 1:name=s 2:currentAverageUtilization=i 3:currentAverageValue=resource.Quantity
autoscaling.v1.Scale: 1:metadata=meta.v1.ObjectMeta 2:spec=.ScaleSpec 3:status=.ScaleStatus
autoscaling.v1.ScaleSpec: 1:replicas=i!
autoscaling.v1.ScaleStatus: 1:replicas=i! 2:selector=s
authentication.v1.BoundObjectReference: 1:kind=s 2:apiVersion=s 3:name=s 4:uid=s
authentication.v1.SelfSubjectReview: 1:metadata=meta.v1.ObjectMeta 2:status=.SelfSubjectReviewStatus
authentication.v1.SelfSubjectReviewStatus: 1:userInfo=.UserInfo
authentication.v1.TokenRequest: 1:metadata=meta.v1.ObjectMeta 2:spec=.TokenRequestSpec 3:status=.TokenRequestStatus
authentication.v1.TokenRequestSpec: 1:audiences=*s 4:expirationSeconds=i! 3:boundObjectRef=.BoundObjectReference
authentication.v1.TokenRequestStatus: 1:token=s 2:expirationTimestamp=meta.v1.Time
authentication.v1.TokenReview: 1:metadata=meta.v1.ObjectMeta 2:spec=.TokenReviewSpec 3:status=.TokenReviewStatus
authentication.v1.TokenReviewSpec: 1:token=s! 2:audiences=*s
authentication.v1.TokenReviewStatus: 1:authenticated=b 2:user=.UserInfo 4:audiences=*s 3:error=s
authentication.v1.UserInfo: 1:username=s 2:uid=s 3:groups=*s 4:extra=%.ExtraValue
"""
