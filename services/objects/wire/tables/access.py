"""Field numbers of authentication, authorization, certificates and rbac (see `messages` for how to read a line)."""

TABLE = """\
authentication.v1.BoundObjectReference: 1:kind=s 2:apiVersion=s 3:name=s 4:uid=s
authentication.v1.SelfSubjectReview: 1:metadata=meta.v1.ObjectMeta 2:status=.SelfSubjectReviewStatus
authentication.v1.SelfSubjectReviewStatus: 1:userInfo=.UserInfo
authentication.v1.TokenRequest: 1:metadata=meta.v1.ObjectMeta 2:spec=.TokenRequestSpec 3:status=.TokenRequestStatus
authentication.v1.TokenRequestSpec: 1:audiences=*s 3:boundObjectRef=.BoundObjectReference 4:expirationSeconds=i!
authentication.v1.TokenRequestStatus: 1:token=s! 2:expirationTimestamp=meta.v1.Time
authentication.v1.TokenReview: 1:metadata=meta.v1.ObjectMeta 2:spec=.TokenReviewSpec 3:status=.TokenReviewStatus
authentication.v1.TokenReviewSpec: 1:token=s 2:audiences=*s
authentication.v1.TokenReviewStatus: 1:authenticated=b 2:user=.UserInfo 3:error=s 4:audiences=*s
authentication.v1.UserInfo: 1:username=s 2:uid=s 3:groups=*s 4:extra=%.ExtraValue
authorization.v1.FieldSelectorAttributes: 1:rawSelector=s 2:requirements=*meta.v1.FieldSelectorRequirement
authorization.v1.LabelSelectorAttributes: 1:rawSelector=s 2:requirements=*meta.v1.LabelSelectorRequirement
authorization.v1.LocalSubjectAccessReview: 1:metadata=meta.v1.ObjectMeta 2:spec=.SubjectAccessReviewSpec
  3:status=.SubjectAccessReviewStatus
authorization.v1.NonResourceAttributes: 1:path=s 2:verb=s
authorization.v1.NonResourceRule: 1:verbs=*s 2:nonResourceURLs=*s
authorization.v1.ResourceAttributes: 1:namespace=s 2:verb=s 3:group=s 4:version=s 5:resource=s 6:subresource=s
  7:name=s 8:fieldSelector=.FieldSelectorAttributes 9:labelSelector=.LabelSelectorAttributes
authorization.v1.ResourceRule: 1:verbs=*s 2:apiGroups=*s 3:resources=*s 4:resourceNames=*s
authorization.v1.SelfSubjectAccessReview: 1:metadata=meta.v1.ObjectMeta 2:spec=.SelfSubjectAccessReviewSpec
  3:status=.SubjectAccessReviewStatus
authorization.v1.SelfSubjectAccessReviewSpec: 1:resourceAttributes=.ResourceAttributes
  2:nonResourceAttributes=.NonResourceAttributes
authorization.v1.SelfSubjectRulesReview: 1:metadata=meta.v1.ObjectMeta 2:spec=.SelfSubjectRulesReviewSpec
  3:status=.SubjectRulesReviewStatus
authorization.v1.SelfSubjectRulesReviewSpec: 1:namespace=s
authorization.v1.SubjectAccessReview: 1:metadata=meta.v1.ObjectMeta 2:spec=.SubjectAccessReviewSpec
  3:status=.SubjectAccessReviewStatus
authorization.v1.SubjectAccessReviewSpec: 1:resourceAttributes=.ResourceAttributes
  2:nonResourceAttributes=.NonResourceAttributes 3:user=s 4:groups=*s 5:extra=%.ExtraValue 6:uid=s
authorization.v1.SubjectAccessReviewStatus: 1:allowed=b! 2:reason=s 3:evaluationError=s 4:denied=b
authorization.v1.SubjectRulesReviewStatus: 1:resourceRules=*.ResourceRule 2:nonResourceRules=*.NonResourceRule
  3:incomplete=b! 4:evaluationError=s
certificates.v1.CertificateSigningRequest: 1:metadata=meta.v1.ObjectMeta 2:spec=.CertificateSigningRequestSpec
  3:status=.CertificateSigningRequestStatus
certificates.v1.CertificateSigningRequestCondition: 1:type=s! 2:reason=s 3:message=s 4:lastUpdateTime=meta.v1.Time
  5:lastTransitionTime=meta.v1.Time 6:status=s!
certificates.v1.CertificateSigningRequestList: 1:metadata=meta.v1.ListMeta 2:items=*.CertificateSigningRequest
certificates.v1.CertificateSigningRequestSpec: 1:request=y! 2:username=s 3:uid=s 4:groups=*s 5:usages=*s
  6:extra=%.ExtraValue 7:signerName=s! 8:expirationSeconds=i!
certificates.v1.CertificateSigningRequestStatus: 1:conditions=*.CertificateSigningRequestCondition 2:certificate=y
rbac.v1.AggregationRule: 1:clusterRoleSelectors=*meta.v1.LabelSelector
rbac.v1.ClusterRole: 1:metadata=meta.v1.ObjectMeta 2:rules=*.PolicyRule 3:aggregationRule=.AggregationRule
rbac.v1.ClusterRoleBinding: 1:metadata=meta.v1.ObjectMeta 2:subjects=*.Subject 3:roleRef=.RoleRef
rbac.v1.ClusterRoleBindingList: 1:metadata=meta.v1.ListMeta 2:items=*.ClusterRoleBinding
rbac.v1.ClusterRoleList: 1:metadata=meta.v1.ListMeta 2:items=*.ClusterRole
rbac.v1.PolicyRule: 1:verbs=*s 2:apiGroups=*s 3:resources=*s 4:resourceNames=*s 5:nonResourceURLs=*s
rbac.v1.Role: 1:metadata=meta.v1.ObjectMeta 2:rules=*.PolicyRule
rbac.v1.RoleBinding: 1:metadata=meta.v1.ObjectMeta 2:subjects=*.Subject 3:roleRef=.RoleRef
rbac.v1.RoleBindingList: 1:metadata=meta.v1.ListMeta 2:items=*.RoleBinding
rbac.v1.RoleList: 1:metadata=meta.v1.ListMeta 2:items=*.Role
rbac.v1.RoleRef: 1:apiGroup=s! 2:kind=s! 3:name=s!
rbac.v1.Subject: 1:kind=s! 2:apiGroup=s 3:name=s! 4:namespace=s
"""
