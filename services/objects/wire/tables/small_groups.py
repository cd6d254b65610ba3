"""Field numbers of the small groups: apiregistration, coordination, discovery, events, node, policy, scheduling."""

TABLE = """\
apiregistration.v1.APIService: 1:metadata=meta.v1.ObjectMeta 2:spec=.APIServiceSpec 3:status=.APIServiceStatus
apiregistration.v1.APIServiceCondition: 1:type=s! 2:status=s! 3:lastTransitionTime=meta.v1.Time 4:reason=s 5:message=s
apiregistration.v1.APIServiceList: 1:metadata=meta.v1.ListMeta 2:items=*.APIService
apiregistration.v1.APIServiceSpec: 1:service=.ServiceReference 2:group=s 3:version=s 4:insecureSkipTLSVerify=b
  5:caBundle=y 7:groupPriorityMinimum=i! 8:versionPriority=i!
apiregistration.v1.APIServiceStatus: 1:conditions=*.APIServiceCondition
apiregistration.v1.ServiceReference: 1:namespace=s 2:name=s 3:port=i!
coordination.v1.Lease: 1:metadata=meta.v1.ObjectMeta 2:spec=.LeaseSpec
coordination.v1.LeaseList: 1:metadata=meta.v1.ListMeta 2:items=*.Lease
coordination.v1.LeaseSpec: 1:holderIdentity=s! 2:leaseDurationSeconds=i! 3:acquireTime=meta.v1.MicroTime
  4:renewTime=meta.v1.MicroTime 5:leaseTransitions=i! 6:strategy=s! 7:preferredHolder=s!
discovery.v1.Endpoint: 1:addresses=*s 2:conditions=.EndpointConditions 3:hostname=s!
  4:targetRef=core.v1.ObjectReference 5:deprecatedTopology=%s 6:nodeName=s! 7:zone=s! 8:hints=.EndpointHints
discovery.v1.EndpointConditions: 1:ready=b! 2:serving=b! 3:terminating=b!
discovery.v1.EndpointHints: 1:forZones=*.ForZone 2:forNodes=*.ForNode
discovery.v1.EndpointPort: 1:name=s! 2:protocol=s! 3:port=i! 4:appProtocol=s!
discovery.v1.EndpointSlice: 1:metadata=meta.v1.ObjectMeta 2:endpoints=*.Endpoint 3:ports=*.EndpointPort
  4:addressType=s!
discovery.v1.EndpointSliceList: 1:metadata=meta.v1.ListMeta 2:items=*.EndpointSlice
discovery.v1.ForNode: 1:name=s!
discovery.v1.ForZone: 1:name=s!
events.v1.Event: 1:metadata=meta.v1.ObjectMeta 2:eventTime=meta.v1.MicroTime 3:series=.EventSeries
  4:reportingController=s 5:reportingInstance=s 6:action=s 7:reason=s 8:regarding=core.v1.ObjectReference
  9:related=core.v1.ObjectReference 10:note=s 11:type=s 12:deprecatedSource=core.v1.EventSource
  13:deprecatedFirstTimestamp=meta.v1.Time 14:deprecatedLastTimestamp=meta.v1.Time 15:deprecatedCount=i
events.v1.EventList: 1:metadata=meta.v1.ListMeta 2:items=*.Event
events.v1.EventSeries: 1:count=i! 2:lastObservedTime=meta.v1.MicroTime
node.v1.Overhead: 1:podFixed=%resource.Quantity
node.v1.RuntimeClass: 1:metadata=meta.v1.ObjectMeta 2:handler=s! 3:overhead=.Overhead 4:scheduling=.Scheduling
node.v1.RuntimeClassList: 1:metadata=meta.v1.ListMeta 2:items=*.RuntimeClass
node.v1.Scheduling: 1:nodeSelector=%s 2:tolerations=*core.v1.Toleration
policy.v1.Eviction: 1:metadata=meta.v1.ObjectMeta 2:deleteOptions=meta.v1.DeleteOptions
policy.v1.PodDisruptionBudget: 1:metadata=meta.v1.ObjectMeta 2:spec=.PodDisruptionBudgetSpec
  3:status=.PodDisruptionBudgetStatus
policy.v1.PodDisruptionBudgetList: 1:metadata=meta.v1.ListMeta 2:items=*.PodDisruptionBudget
policy.v1.PodDisruptionBudgetSpec: 1:minAvailable=intstr.IntOrString! 2:selector=meta.v1.LabelSelector
  3:maxUnavailable=intstr.IntOrString! 4:unhealthyPodEvictionPolicy=s!
policy.v1.PodDisruptionBudgetStatus: 1:observedGeneration=i 2:disruptedPods=%meta.v1.Time 3:disruptionsAllowed=i!
  4:currentHealthy=i! 5:desiredHealthy=i! 6:expectedPods=i! 7:conditions=*meta.v1.Condition
scheduling.v1.PriorityClass: 1:metadata=meta.v1.ObjectMeta 2:value=i! 3:globalDefault=b 4:description=s
  5:preemptionPolicy=s!
scheduling.v1.PriorityClassList: 1:metadata=meta.v1.ListMeta 2:items=*.PriorityClass
"""
