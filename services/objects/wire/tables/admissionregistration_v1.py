"""Field numbers of admissionregistration/v1 (see `messages` for how to read a line)."""

TABLE = """\
admissionregistration.v1.ApplyConfiguration: 1:expression=s
admissionregistration.v1.AuditAnnotation: 1:key=s! 2:valueExpression=s!
admissionregistration.v1.ExpressionWarning: 2:fieldRef=s! 3:warning=s!
admissionregistration.v1.JSONPatch: 1:expression=s
admissionregistration.v1.MatchCondition: 1:name=s! 2:expression=s!
admissionregistration.v1.MatchResources: 1:namespaceSelector=meta.v1.LabelSelector
  2:objectSelector=meta.v1.LabelSelector 3:resourceRules=*.NamedRuleWithOperations
  4:excludeResourceRules=*.NamedRuleWithOperations 7:matchPolicy=s!
admissionregistration.v1.MutatingAdmissionPolicy: 1:metadata=meta.v1.ObjectMeta 2:spec=.MutatingAdmissionPolicySpec
admissionregistration.v1.MutatingAdmissionPolicyBinding: 1:metadata=meta.v1.ObjectMeta
  2:spec=.MutatingAdmissionPolicyBindingSpec
admissionregistration.v1.MutatingAdmissionPolicyBindingList: 1:metadata=meta.v1.ListMeta
  2:items=*.MutatingAdmissionPolicyBinding
admissionregistration.v1.MutatingAdmissionPolicyBindingSpec: 1:policyName=s 2:paramRef=.ParamRef
  3:matchResources=.MatchResources
admissionregistration.v1.MutatingAdmissionPolicyList: 1:metadata=meta.v1.ListMeta 2:items=*.MutatingAdmissionPolicy
admissionregistration.v1.MutatingAdmissionPolicySpec: 1:paramKind=.ParamKind 2:matchConstraints=.MatchResources
  3:variables=*.Variable 4:mutations=*.Mutation 5:failurePolicy=s! 6:matchConditions=*.MatchCondition
  7:reinvocationPolicy=s
admissionregistration.v1.MutatingWebhook: 1:name=s! 2:clientConfig=.WebhookClientConfig 3:rules=*.RuleWithOperations
  4:failurePolicy=s! 5:namespaceSelector=meta.v1.LabelSelector 6:sideEffects=s! 7:timeoutSeconds=i!
  8:admissionReviewVersions=*s 9:matchPolicy=s! 10:reinvocationPolicy=s! 11:objectSelector=meta.v1.LabelSelector
  12:matchConditions=*.MatchCondition
admissionregistration.v1.MutatingWebhookConfiguration: 1:metadata=meta.v1.ObjectMeta 2:webhooks=*.MutatingWebhook
admissionregistration.v1.MutatingWebhookConfigurationList: 1:metadata=meta.v1.ListMeta
  2:items=*.MutatingWebhookConfiguration
admissionregistration.v1.Mutation: 2:patchType=s! 3:applyConfiguration=.ApplyConfiguration 4:jsonPatch=.JSONPatch
admissionregistration.v1.NamedRuleWithOperations: 1:resourceNames=*s 2:^ruleWithOperations=.RuleWithOperations
admissionregistration.v1.ParamKind: 1:apiVersion=s 2:kind=s
admissionregistration.v1.ParamRef: 1:name=s 2:namespace=s 3:selector=meta.v1.LabelSelector
  4:parameterNotFoundAction=s!
admissionregistration.v1.Rule: 1:apiGroups=*s 2:apiVersions=*s 3:resources=*s 4:scope=s!
admissionregistration.v1.RuleWithOperations: 1:operations=*s 2:^rule=.Rule
admissionregistration.v1.ServiceReference: 1:namespace=s! 2:name=s! 3:path=s! 4:port=i!
admissionregistration.v1.TypeChecking: 1:expressionWarnings=*.ExpressionWarning
admissionregistration.v1.ValidatingAdmissionPolicy: 1:metadata=meta.v1.ObjectMeta
  2:spec=.ValidatingAdmissionPolicySpec 3:status=.ValidatingAdmissionPolicyStatus
admissionregistration.v1.ValidatingAdmissionPolicyBinding: 1:metadata=meta.v1.ObjectMeta
  2:spec=.ValidatingAdmissionPolicyBindingSpec
admissionregistration.v1.ValidatingAdmissionPolicyBindingList: 1:metadata=meta.v1.ListMeta
  2:items=*.ValidatingAdmissionPolicyBinding
admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec: 1:policyName=s 2:paramRef=.ParamRef
  3:matchResources=.MatchResources 4:validationActions=*s
admissionregistration.v1.ValidatingAdmissionPolicyList: 1:metadata=meta.v1.ListMeta
  2:items=*.ValidatingAdmissionPolicy
admissionregistration.v1.ValidatingAdmissionPolicySpec: 1:paramKind=.ParamKind 2:matchConstraints=.MatchResources
  3:validations=*.Validation 4:failurePolicy=s! 5:auditAnnotations=*.AuditAnnotation
  6:matchConditions=*.MatchCondition 7:variables=*.Variable
admissionregistration.v1.ValidatingAdmissionPolicyStatus: 1:observedGeneration=i 2:typeChecking=.TypeChecking
  3:conditions=*meta.v1.Condition
admissionregistration.v1.ValidatingWebhook: 1:name=s! 2:clientConfig=.WebhookClientConfig 3:rules=*.RuleWithOperations
  4:failurePolicy=s! 5:namespaceSelector=meta.v1.LabelSelector 6:sideEffects=s! 7:timeoutSeconds=i!
  8:admissionReviewVersions=*s 9:matchPolicy=s! 10:objectSelector=meta.v1.LabelSelector
  11:matchConditions=*.MatchCondition
admissionregistration.v1.ValidatingWebhookConfiguration: 1:metadata=meta.v1.ObjectMeta 2:webhooks=*.ValidatingWebhook
admissionregistration.v1.ValidatingWebhookConfigurationList: 1:metadata=meta.v1.ListMeta
  2:items=*.ValidatingWebhookConfiguration
admissionregistration.v1.Validation: 1:expression=s! 2:message=s 3:reason=s! 4:messageExpression=s
admissionregistration.v1.Variable: 1:name=s! 2:expression=s!
admissionregistration.v1.WebhookClientConfig: 1:service=.ServiceReference 2:caBundle=y 3:url=s!
"""
