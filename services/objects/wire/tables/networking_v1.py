"""Field numbers of networking/v1 (see `messages` for how to read a line)."""

TABLE = """\
networking.v1.HTTPIngressPath: 1:path=s 2:backend=.IngressBackend 3:pathType=s!
networking.v1.HTTPIngressRuleValue: 1:paths=*.HTTPIngressPath
networking.v1.IPAddress: 1:metadata=meta.v1.ObjectMeta 2:spec=.IPAddressSpec
networking.v1.IPAddressList: 1:metadata=meta.v1.ListMeta 2:items=*.IPAddress
networking.v1.IPAddressSpec: 1:parentRef=.ParentReference
networking.v1.IPBlock: 1:cidr=s! 2:except=*s
networking.v1.Ingress: 1:metadata=meta.v1.ObjectMeta 2:spec=.IngressSpec 3:status=.IngressStatus
networking.v1.IngressBackend: 3:resource=core.v1.TypedLocalObjectReference 4:service=.IngressServiceBackend
networking.v1.IngressClass: 1:metadata=meta.v1.ObjectMeta 2:spec=.IngressClassSpec
networking.v1.IngressClassList: 1:metadata=meta.v1.ListMeta 2:items=*.IngressClass
networking.v1.IngressClassParametersReference: 1:apiGroup=s! 2:kind=s! 3:name=s! 4:scope=s! 5:namespace=s!
networking.v1.IngressClassSpec: 1:controller=s 2:parameters=.IngressClassParametersReference
networking.v1.IngressList: 1:metadata=meta.v1.ListMeta 2:items=*.Ingress
networking.v1.IngressLoadBalancerIngress: 1:ip=s 2:hostname=s 4:ports=*.IngressPortStatus
networking.v1.IngressLoadBalancerStatus: 1:ingress=*.IngressLoadBalancerIngress
networking.v1.IngressPortStatus: 1:port=i! 2:protocol=s! 3:error=s!
networking.v1.IngressRule: 1:host=s 2:^ingressRuleValue=.IngressRuleValue
networking.v1.IngressRuleValue: 1:http=.HTTPIngressRuleValue
networking.v1.IngressServiceBackend: 1:name=s! 2:port=.ServiceBackendPort
networking.v1.IngressSpec: 1:defaultBackend=.IngressBackend 2:tls=*.IngressTLS 3:rules=*.IngressRule
  4:ingressClassName=s!
networking.v1.IngressStatus: 1:loadBalancer=.IngressLoadBalancerStatus
networking.v1.IngressTLS: 1:hosts=*s 2:secretName=s
networking.v1.NetworkPolicy: 1:metadata=meta.v1.ObjectMeta 2:spec=.NetworkPolicySpec
networking.v1.NetworkPolicyEgressRule: 1:ports=*.NetworkPolicyPort 2:to=*.NetworkPolicyPeer
networking.v1.NetworkPolicyIngressRule: 1:ports=*.NetworkPolicyPort 2:from=*.NetworkPolicyPeer
networking.v1.NetworkPolicyList: 1:metadata=meta.v1.ListMeta 2:items=*.NetworkPolicy
networking.v1.NetworkPolicyPeer: 1:podSelector=meta.v1.LabelSelector 2:namespaceSelector=meta.v1.LabelSelector
  3:ipBlock=.IPBlock
networking.v1.NetworkPolicyPort: 1:protocol=s! 2:port=intstr.IntOrString! 3:endPort=i!
networking.v1.NetworkPolicySpec: 1:podSelector=meta.v1.LabelSelector 2:ingress=*.NetworkPolicyIngressRule
  3:egress=*.NetworkPolicyEgressRule 4:policyTypes=*s
networking.v1.ParentReference: 1:group=s 2:resource=s 3:namespace=s 4:name=s
networking.v1.ServiceBackendPort: 1:name=s 2:number=i
networking.v1.ServiceCIDR: 1:metadata=meta.v1.ObjectMeta 2:spec=.ServiceCIDRSpec 3:status=.ServiceCIDRStatus
networking.v1.ServiceCIDRList: 1:metadata=meta.v1.ListMeta 2:items=*.ServiceCIDR
networking.v1.ServiceCIDRSpec: 1:cidrs=*s
networking.v1.ServiceCIDRStatus: 1:conditions=*meta.v1.Condition
"""
