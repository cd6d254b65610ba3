"""Field numbers of flowcontrol/v1 (see `messages` for how to read a line)."""

TABLE = """\
flowcontrol.v1.ExemptPriorityLevelConfiguration: 1:nominalConcurrencyShares=i! 2:lendablePercent=i!
flowcontrol.v1.FlowDistinguisherMethod: 1:type=s!
flowcontrol.v1.FlowSchema: 1:metadata=meta.v1.ObjectMeta 2:spec=.FlowSchemaSpec 3:status=.FlowSchemaStatus
flowcontrol.v1.FlowSchemaCondition: 1:type=s 2:status=s 3:lastTransitionTime=meta.v1.Time 4:reason=s 5:message=s
flowcontrol.v1.FlowSchemaList: 1:metadata=meta.v1.ListMeta 2:items=*.FlowSchema
flowcontrol.v1.FlowSchemaSpec: 1:priorityLevelConfiguration=.PriorityLevelConfigurationReference
  2:matchingPrecedence=i! 3:distinguisherMethod=.FlowDistinguisherMethod 4:rules=*.PolicyRulesWithSubjects
flowcontrol.v1.FlowSchemaStatus: 1:conditions=*.FlowSchemaCondition
flowcontrol.v1.GroupSubject: 1:name=s!
flowcontrol.v1.LimitResponse: 1:type=s! 2:queuing=.QueuingConfiguration
flowcontrol.v1.LimitedPriorityLevelConfiguration: 1:nominalConcurrencyShares=i! 2:limitResponse=.LimitResponse
  3:lendablePercent=i! 4:borrowingLimitPercent=i!
flowcontrol.v1.NonResourcePolicyRule: 1:verbs=*s 6:nonResourceURLs=*s
flowcontrol.v1.PolicyRulesWithSubjects: 1:subjects=*.Subject 2:resourceRules=*.ResourcePolicyRule
  3:nonResourceRules=*.NonResourcePolicyRule
flowcontrol.v1.PriorityLevelConfiguration: 1:metadata=meta.v1.ObjectMeta 2:spec=.PriorityLevelConfigurationSpec
  3:status=.PriorityLevelConfigurationStatus
flowcontrol.v1.PriorityLevelConfigurationCondition: 1:type=s 2:status=s 3:lastTransitionTime=meta.v1.Time 4:reason=s
  5:message=s
flowcontrol.v1.PriorityLevelConfigurationList: 1:metadata=meta.v1.ListMeta 2:items=*.PriorityLevelConfiguration
flowcontrol.v1.PriorityLevelConfigurationReference: 1:name=s!
flowcontrol.v1.PriorityLevelConfigurationSpec: 1:type=s! 2:limited=.LimitedPriorityLevelConfiguration
  3:exempt=.ExemptPriorityLevelConfiguration
flowcontrol.v1.PriorityLevelConfigurationStatus: 1:conditions=*.PriorityLevelConfigurationCondition
flowcontrol.v1.QueuingConfiguration: 1:queues=i! 2:handSize=i! 3:queueLengthLimit=i!
flowcontrol.v1.ResourcePolicyRule: 1:verbs=*s 2:apiGroups=*s 3:resources=*s 4:clusterScope=b 5:namespaces=*s
flowcontrol.v1.ServiceAccountSubject: 1:namespace=s! 2:name=s!
flowcontrol.v1.Subject: 1:kind=s! 2:user=.UserSubject 3:group=.GroupSubject 4:serviceAccount=.ServiceAccountSubject
flowcontrol.v1.UserSubject: 1:name=s!
"""
