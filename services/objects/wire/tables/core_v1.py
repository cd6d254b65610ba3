"""Field numbers of core/v1 (see `messages` for how to read a line)."""

TABLE = """\
core.v1.AWSElasticBlockStoreVolumeSource: 1:volumeID=s! 2:fsType=s 3:partition=i 4:readOnly=b
core.v1.Affinity: 1:nodeAffinity=.NodeAffinity 2:podAffinity=.PodAffinity 3:podAntiAffinity=.PodAntiAffinity
core.v1.AppArmorProfile: 1:type=s! 2:localhostProfile=s!
core.v1.AttachedVolume: 1:name=s! 2:devicePath=s!
core.v1.AzureDiskVolumeSource: 1:diskName=s! 2:diskURI=s! 3:cachingMode=s! 4:fsType=s! 5:readOnly=b! 6:kind=s!
core.v1.AzureFilePersistentVolumeSource: 1:secretName=s! 2:shareName=s! 3:readOnly=b 4:secretNamespace=s!
core.v1.AzureFileVolumeSource: 1:secretName=s! 2:shareName=s! 3:readOnly=b
core.v1.Binding: 1:metadata=meta.v1.ObjectMeta 2:target=.ObjectReference
core.v1.CSIPersistentVolumeSource: 1:driver=s! 2:volumeHandle=s! 3:readOnly=b 4:fsType=s 5:volumeAttributes=%s
  6:controllerPublishSecretRef=.SecretReference 7:nodeStageSecretRef=.SecretReference
  8:nodePublishSecretRef=.SecretReference 9:controllerExpandSecretRef=.SecretReference
  10:nodeExpandSecretRef=.SecretReference
core.v1.CSIVolumeSource: 1:driver=s! 2:readOnly=b! 3:fsType=s! 4:volumeAttributes=%s
  5:nodePublishSecretRef=.LocalObjectReference
core.v1.Capabilities: 1:add=*s 2:drop=*s
core.v1.CephFSPersistentVolumeSource: 1:monitors=*s 2:path=s 3:user=s 4:secretFile=s 5:secretRef=.SecretReference
  6:readOnly=b
core.v1.CephFSVolumeSource: 1:monitors=*s 2:path=s 3:user=s 4:secretFile=s 5:secretRef=.LocalObjectReference
  6:readOnly=b
core.v1.CinderPersistentVolumeSource: 1:volumeID=s! 2:fsType=s 3:readOnly=b 4:secretRef=.SecretReference
core.v1.CinderVolumeSource: 1:volumeID=s! 2:fsType=s 3:readOnly=b 4:secretRef=.LocalObjectReference
core.v1.ClientIPConfig: 1:timeoutSeconds=i!
core.v1.ClusterTrustBundleProjection: 1:name=s! 2:signerName=s! 3:labelSelector=meta.v1.LabelSelector 4:path=s!
  5:optional=b!
core.v1.ComponentCondition: 1:type=s! 2:status=s! 3:message=s 4:error=s
core.v1.ComponentStatus: 1:metadata=meta.v1.ObjectMeta 2:conditions=*.ComponentCondition
core.v1.ComponentStatusList: 1:metadata=meta.v1.ListMeta 2:items=*.ComponentStatus
core.v1.ConfigMap: 1:metadata=meta.v1.ObjectMeta 2:data=%s 3:binaryData=%y 4:immutable=b!
core.v1.ConfigMapEnvSource: 1:^localObjectReference=.LocalObjectReference 2:optional=b!
core.v1.ConfigMapKeySelector: 1:^localObjectReference=.LocalObjectReference 2:key=s! 3:optional=b!
core.v1.ConfigMapList: 1:metadata=meta.v1.ListMeta 2:items=*.ConfigMap
core.v1.ConfigMapNodeConfigSource: 1:namespace=s! 2:name=s! 3:uid=s 4:resourceVersion=s 5:kubeletConfigKey=s!
core.v1.ConfigMapProjection: 1:^localObjectReference=.LocalObjectReference 2:items=*.KeyToPath 4:optional=b!
core.v1.ConfigMapVolumeSource: 1:^localObjectReference=.LocalObjectReference 2:items=*.KeyToPath 3:defaultMode=i!
  4:optional=b!
core.v1.Container: 1:name=s! 2:image=s 3:command=*s 4:args=*s 5:workingDir=s 6:ports=*.ContainerPort 7:env=*.EnvVar
  8:resources=.ResourceRequirements 9:volumeMounts=*.VolumeMount 10:livenessProbe=.Probe 11:readinessProbe=.Probe
  12:lifecycle=.Lifecycle 13:terminationMessagePath=s 14:imagePullPolicy=s 15:securityContext=.SecurityContext
  16:stdin=b 17:stdinOnce=b 18:tty=b 19:envFrom=*.EnvFromSource 20:terminationMessagePolicy=s
  21:volumeDevices=*.VolumeDevice 22:startupProbe=.Probe 23:resizePolicy=*.ContainerResizePolicy 24:restartPolicy=s!
  25:restartPolicyRules=*.ContainerRestartRule
core.v1.ContainerExtendedResourceRequest: 1:containerName=s! 2:resourceName=s! 3:requestName=s!
core.v1.ContainerImage: 1:names=*s 2:sizeBytes=i
core.v1.ContainerPort: 1:name=s 2:hostPort=i 3:containerPort=i! 4:protocol=s 5:hostIP=s
core.v1.ContainerResizePolicy: 1:resourceName=s! 2:restartPolicy=s!
core.v1.ContainerRestartRule: 1:action=s 2:exitCodes=.ContainerRestartRuleOnExitCodes
core.v1.ContainerRestartRuleOnExitCodes: 1:operator=s 2:values=*i
core.v1.ContainerState: 1:waiting=.ContainerStateWaiting 2:running=.ContainerStateRunning
  3:terminated=.ContainerStateTerminated
core.v1.ContainerStateRunning: 1:startedAt=meta.v1.Time
core.v1.ContainerStateTerminated: 1:exitCode=i! 2:signal=i 3:reason=s 4:message=s 5:startedAt=meta.v1.Time
  6:finishedAt=meta.v1.Time 7:containerID=s
core.v1.ContainerStateWaiting: 1:reason=s 2:message=s
core.v1.ContainerStatus: 1:name=s! 2:state=.ContainerState 3:lastState=.ContainerState 4:ready=b! 5:restartCount=i!
  6:image=s! 7:imageID=s! 8:containerID=s 9:started=b! 10:allocatedResources=%resource.Quantity
  11:resources=.ResourceRequirements 12:volumeMounts=*.VolumeMountStatus 13:user=.ContainerUser
  14:allocatedResourcesStatus=*.ResourceStatus 15:stopSignal=s!
core.v1.ContainerUser: 1:linux=.LinuxContainerUser
core.v1.DaemonEndpoint: 1:Port=i!
core.v1.DownwardAPIProjection: 1:items=*.DownwardAPIVolumeFile
core.v1.DownwardAPIVolumeFile: 1:path=s! 2:fieldRef=.ObjectFieldSelector 3:resourceFieldRef=.ResourceFieldSelector
  4:mode=i!
core.v1.DownwardAPIVolumeSource: 1:items=*.DownwardAPIVolumeFile 2:defaultMode=i!
core.v1.EmptyDirVolumeSource: 1:medium=s 2:sizeLimit=resource.Quantity
core.v1.EndpointAddress: 1:ip=s! 2:targetRef=.ObjectReference 3:hostname=s 4:nodeName=s!
core.v1.EndpointPort: 1:name=s 2:port=i! 3:protocol=s 4:appProtocol=s!
core.v1.EndpointSubset: 1:addresses=*.EndpointAddress 2:notReadyAddresses=*.EndpointAddress 3:ports=*.EndpointPort
core.v1.Endpoints: 1:metadata=meta.v1.ObjectMeta 2:subsets=*.EndpointSubset
core.v1.EndpointsList: 1:metadata=meta.v1.ListMeta 2:items=*.Endpoints
core.v1.EnvFromSource: 1:prefix=s 2:configMapRef=.ConfigMapEnvSource 3:secretRef=.SecretEnvSource
core.v1.EnvVar: 1:name=s! 2:value=s 3:valueFrom=.EnvVarSource
core.v1.EnvVarSource: 1:fieldRef=.ObjectFieldSelector 2:resourceFieldRef=.ResourceFieldSelector
  3:configMapKeyRef=.ConfigMapKeySelector 4:secretKeyRef=.SecretKeySelector 5:fileKeyRef=.FileKeySelector
core.v1.EphemeralContainer: 1:^ephemeralContainerCommon=.EphemeralContainerCommon 2:targetContainerName=s
core.v1.EphemeralContainerCommon: 1:name=s! 2:image=s 3:command=*s 4:args=*s 5:workingDir=s 6:ports=*.ContainerPort
  7:env=*.EnvVar 8:resources=.ResourceRequirements 9:volumeMounts=*.VolumeMount 10:livenessProbe=.Probe
  11:readinessProbe=.Probe 12:lifecycle=.Lifecycle 13:terminationMessagePath=s 14:imagePullPolicy=s
  15:securityContext=.SecurityContext 16:stdin=b 17:stdinOnce=b 18:tty=b 19:envFrom=*.EnvFromSource
  20:terminationMessagePolicy=s 21:volumeDevices=*.VolumeDevice 22:startupProbe=.Probe
  23:resizePolicy=*.ContainerResizePolicy 24:restartPolicy=s! 25:restartPolicyRules=*.ContainerRestartRule
core.v1.EphemeralVolumeSource: 1:volumeClaimTemplate=.PersistentVolumeClaimTemplate
core.v1.Event: 1:metadata=meta.v1.ObjectMeta 2:involvedObject=.ObjectReference 3:reason=s 4:message=s
  5:source=.EventSource 6:firstTimestamp=meta.v1.Time 7:lastTimestamp=meta.v1.Time 8:count=i 9:type=s
  10:eventTime=meta.v1.MicroTime 11:series=.EventSeries 12:action=s 13:related=.ObjectReference
  14:reportingComponent=s! 15:reportingInstance=s!
core.v1.EventList: 1:metadata=meta.v1.ListMeta 2:items=*.Event
core.v1.EventSeries: 1:count=i 2:lastObservedTime=meta.v1.MicroTime
core.v1.EventSource: 1:component=s 2:host=s
core.v1.ExecAction: 1:command=*s
core.v1.FCVolumeSource: 1:targetWWNs=*s 2:lun=i! 3:fsType=s 4:readOnly=b 5:wwids=*s
core.v1.FileKeySelector: 1:volumeName=s! 2:path=s! 3:key=s! 4:optional=b!
core.v1.FlexPersistentVolumeSource: 1:driver=s! 2:fsType=s 3:secretRef=.SecretReference 4:readOnly=b 5:options=%s
core.v1.FlexVolumeSource: 1:driver=s! 2:fsType=s 3:secretRef=.LocalObjectReference 4:readOnly=b 5:options=%s
core.v1.FlockerVolumeSource: 1:datasetName=s 2:datasetUUID=s
core.v1.GCEPersistentDiskVolumeSource: 1:pdName=s! 2:fsType=s 3:partition=i 4:readOnly=b
core.v1.GRPCAction: 1:port=i! 2:service=s!
core.v1.GitRepoVolumeSource: 1:repository=s! 2:revision=s 3:directory=s
core.v1.GlusterfsPersistentVolumeSource: 1:endpoints=s! 2:path=s! 3:readOnly=b 4:endpointsNamespace=s!
core.v1.GlusterfsVolumeSource: 1:endpoints=s! 2:path=s! 3:readOnly=b
core.v1.HTTPGetAction: 1:path=s 2:port=intstr.IntOrString! 3:host=s 4:scheme=s 5:httpHeaders=*.HTTPHeader
core.v1.HTTPHeader: 1:name=s! 2:value=s!
core.v1.HostAlias: 1:ip=s! 2:hostnames=*s
core.v1.HostIP: 1:ip=s!
core.v1.HostPathVolumeSource: 1:path=s! 2:type=s!
core.v1.ISCSIPersistentVolumeSource: 1:targetPortal=s! 2:iqn=s! 3:lun=i! 4:iscsiInterface=s 5:fsType=s 6:readOnly=b
  7:portals=*s 8:chapAuthDiscovery=b 10:secretRef=.SecretReference 11:chapAuthSession=b 12:initiatorName=s!
core.v1.ISCSIVolumeSource: 1:targetPortal=s! 2:iqn=s! 3:lun=i! 4:iscsiInterface=s 5:fsType=s 6:readOnly=b 7:portals=*s
  8:chapAuthDiscovery=b 10:secretRef=.LocalObjectReference 11:chapAuthSession=b 12:initiatorName=s!
core.v1.ImageVolumeSource: 1:reference=s 2:pullPolicy=s
core.v1.ImageVolumeStatus: 1:imageRef=s!
core.v1.KeyToPath: 1:key=s! 2:path=s! 3:mode=i!
core.v1.Lifecycle: 1:postStart=.LifecycleHandler 2:preStop=.LifecycleHandler 3:stopSignal=s!
core.v1.LifecycleHandler: 1:exec=.ExecAction 2:httpGet=.HTTPGetAction 3:tcpSocket=.TCPSocketAction
  4:sleep=.SleepAction
core.v1.LimitRange: 1:metadata=meta.v1.ObjectMeta 2:spec=.LimitRangeSpec
core.v1.LimitRangeItem: 1:type=s! 2:max=%resource.Quantity 3:min=%resource.Quantity 4:default=%resource.Quantity
  5:defaultRequest=%resource.Quantity 6:maxLimitRequestRatio=%resource.Quantity
core.v1.LimitRangeList: 1:metadata=meta.v1.ListMeta 2:items=*.LimitRange
core.v1.LimitRangeSpec: 1:limits=*.LimitRangeItem
core.v1.LinuxContainerUser: 1:uid=i! 2:gid=i! 3:supplementalGroups=*i
core.v1.List: 1:metadata=meta.v1.ListMeta 2:items=*runtime.RawExtension
core.v1.LoadBalancerIngress: 1:ip=s 2:hostname=s 3:ipMode=s! 4:ports=*.PortStatus
core.v1.LoadBalancerStatus: 1:ingress=*.LoadBalancerIngress
core.v1.LocalObjectReference: 1:name=s
core.v1.LocalVolumeSource: 1:path=s! 2:fsType=s!
core.v1.ModifyVolumeStatus: 1:targetVolumeAttributesClassName=s 2:status=s!
core.v1.NFSVolumeSource: 1:server=s! 2:path=s! 3:readOnly=b
core.v1.Namespace: 1:metadata=meta.v1.ObjectMeta 2:spec=.NamespaceSpec 3:status=.NamespaceStatus
core.v1.NamespaceCondition: 1:type=s! 2:status=s! 4:lastTransitionTime=meta.v1.Time 5:reason=s 6:message=s
core.v1.NamespaceList: 1:metadata=meta.v1.ListMeta 2:items=*.Namespace
core.v1.NamespaceSpec: 1:finalizers=*s
core.v1.NamespaceStatus: 1:phase=s 2:conditions=*.NamespaceCondition
core.v1.Node: 1:metadata=meta.v1.ObjectMeta 2:spec=.NodeSpec 3:status=.NodeStatus
core.v1.NodeAddress: 1:type=s! 2:address=s!
core.v1.NodeAffinity: 1:requiredDuringSchedulingIgnoredDuringExecution=.NodeSelector
  2:preferredDuringSchedulingIgnoredDuringExecution=*.PreferredSchedulingTerm
core.v1.NodeCondition: 1:type=s! 2:status=s! 3:lastHeartbeatTime=meta.v1.Time 4:lastTransitionTime=meta.v1.Time
  5:reason=s 6:message=s
core.v1.NodeConfigSource: 2:configMap=.ConfigMapNodeConfigSource
core.v1.NodeConfigStatus: 1:assigned=.NodeConfigSource 2:active=.NodeConfigSource 3:lastKnownGood=.NodeConfigSource
  4:error=s
core.v1.NodeDaemonEndpoints: 1:kubeletEndpoint=.DaemonEndpoint
core.v1.NodeFeatures: 1:supplementalGroupsPolicy=b!
core.v1.NodeList: 1:metadata=meta.v1.ListMeta 2:items=*.Node
core.v1.NodeRuntimeHandler: 1:name=s! 2:features=.NodeRuntimeHandlerFeatures
core.v1.NodeRuntimeHandlerFeatures: 1:recursiveReadOnlyMounts=b! 2:userNamespaces=b!
core.v1.NodeSelector: 1:nodeSelectorTerms=*.NodeSelectorTerm
core.v1.NodeSelectorRequirement: 1:key=s! 2:operator=s! 3:values=*s
core.v1.NodeSelectorTerm: 1:matchExpressions=*.NodeSelectorRequirement 2:matchFields=*.NodeSelectorRequirement
core.v1.NodeSpec: 1:podCIDR=s 2:externalID=s 3:providerID=s 4:unschedulable=b 5:taints=*.Taint
  6:configSource=.NodeConfigSource 7:podCIDRs=*s
core.v1.NodeStatus: 1:capacity=%resource.Quantity 2:allocatable=%resource.Quantity 3:phase=s
  4:conditions=*.NodeCondition 5:addresses=*.NodeAddress 6:daemonEndpoints=.NodeDaemonEndpoints
  7:nodeInfo=.NodeSystemInfo 8:images=*.ContainerImage 9:volumesInUse=*s 10:volumesAttached=*.AttachedVolume
  11:config=.NodeConfigStatus 12:runtimeHandlers=*.NodeRuntimeHandler 13:features=.NodeFeatures 14:declaredFeatures=*s
core.v1.NodeSwapStatus: 1:capacity=i!
core.v1.NodeSystemInfo: 1:machineID=s! 2:systemUUID=s! 3:bootID=s! 4:kernelVersion=s! 5:osImage=s!
  6:containerRuntimeVersion=s! 7:kubeletVersion=s! 8:kubeProxyVersion=s! 9:operatingSystem=s! 10:architecture=s!
  11:swap=.NodeSwapStatus
core.v1.ObjectFieldSelector: 1:apiVersion=s 2:fieldPath=s!
core.v1.ObjectReference: 1:kind=s 2:namespace=s 3:name=s 4:uid=s 5:apiVersion=s 6:resourceVersion=s 7:fieldPath=s
core.v1.PersistentVolume: 1:metadata=meta.v1.ObjectMeta 2:spec=.PersistentVolumeSpec 3:status=.PersistentVolumeStatus
core.v1.PersistentVolumeClaim: 1:metadata=meta.v1.ObjectMeta 2:spec=.PersistentVolumeClaimSpec
  3:status=.PersistentVolumeClaimStatus
core.v1.PersistentVolumeClaimCondition: 1:type=s! 2:status=s! 3:lastProbeTime=meta.v1.Time
  4:lastTransitionTime=meta.v1.Time 5:reason=s 6:message=s
core.v1.PersistentVolumeClaimList: 1:metadata=meta.v1.ListMeta 2:items=*.PersistentVolumeClaim
core.v1.PersistentVolumeClaimSpec: 1:accessModes=*s 2:resources=.VolumeResourceRequirements 3:volumeName=s
  4:selector=meta.v1.LabelSelector 5:storageClassName=s! 6:volumeMode=s! 7:dataSource=.TypedLocalObjectReference
  8:dataSourceRef=.TypedObjectReference 9:volumeAttributesClassName=s!
core.v1.PersistentVolumeClaimStatus: 1:phase=s 2:accessModes=*s 3:capacity=%resource.Quantity
  4:conditions=*.PersistentVolumeClaimCondition 5:allocatedResources=%resource.Quantity 7:allocatedResourceStatuses=%s
  8:currentVolumeAttributesClassName=s! 9:modifyVolumeStatus=.ModifyVolumeStatus
core.v1.PersistentVolumeClaimTemplate: 1:metadata=meta.v1.ObjectMeta 2:spec=.PersistentVolumeClaimSpec
core.v1.PersistentVolumeClaimVolumeSource: 1:claimName=s! 2:readOnly=b
core.v1.PersistentVolumeList: 1:metadata=meta.v1.ListMeta 2:items=*.PersistentVolume
core.v1.PersistentVolumeSource: 1:gcePersistentDisk=.GCEPersistentDiskVolumeSource
  2:awsElasticBlockStore=.AWSElasticBlockStoreVolumeSource 3:hostPath=.HostPathVolumeSource
  4:glusterfs=.GlusterfsPersistentVolumeSource 5:nfs=.NFSVolumeSource 6:rbd=.RBDPersistentVolumeSource
  7:iscsi=.ISCSIPersistentVolumeSource 8:cinder=.CinderPersistentVolumeSource 9:cephfs=.CephFSPersistentVolumeSource
  10:fc=.FCVolumeSource 11:flocker=.FlockerVolumeSource 12:flexVolume=.FlexPersistentVolumeSource
  13:azureFile=.AzureFilePersistentVolumeSource 14:vsphereVolume=.VsphereVirtualDiskVolumeSource
  15:quobyte=.QuobyteVolumeSource 16:azureDisk=.AzureDiskVolumeSource
  17:photonPersistentDisk=.PhotonPersistentDiskVolumeSource 18:portworxVolume=.PortworxVolumeSource
  19:scaleIO=.ScaleIOPersistentVolumeSource 20:local=.LocalVolumeSource 21:storageos=.StorageOSPersistentVolumeSource
  22:csi=.CSIPersistentVolumeSource
core.v1.PersistentVolumeSpec: 1:capacity=%resource.Quantity 2:^persistentVolumeSource=.PersistentVolumeSource
  3:accessModes=*s 4:claimRef=.ObjectReference 5:persistentVolumeReclaimPolicy=s 6:storageClassName=s
  7:mountOptions=*s 8:volumeMode=s! 9:nodeAffinity=.VolumeNodeAffinity 10:volumeAttributesClassName=s!
core.v1.PersistentVolumeStatus: 1:phase=s 2:message=s 3:reason=s 4:lastPhaseTransitionTime=meta.v1.Time
core.v1.PhotonPersistentDiskVolumeSource: 1:pdID=s! 2:fsType=s
core.v1.Pod: 1:metadata=meta.v1.ObjectMeta 2:spec=.PodSpec 3:status=.PodStatus
core.v1.PodAffinity: 1:requiredDuringSchedulingIgnoredDuringExecution=*.PodAffinityTerm
  2:preferredDuringSchedulingIgnoredDuringExecution=*.WeightedPodAffinityTerm
core.v1.PodAffinityTerm: 1:labelSelector=meta.v1.LabelSelector 2:namespaces=*s 3:topologyKey=s!
  4:namespaceSelector=meta.v1.LabelSelector 5:matchLabelKeys=*s 6:mismatchLabelKeys=*s
core.v1.PodAntiAffinity: 1:requiredDuringSchedulingIgnoredDuringExecution=*.PodAffinityTerm
  2:preferredDuringSchedulingIgnoredDuringExecution=*.WeightedPodAffinityTerm
core.v1.PodCertificateProjection: 1:signerName=s 2:keyType=s 3:maxExpirationSeconds=i! 4:credentialBundlePath=s
  5:keyPath=s 6:certificateChainPath=s 7:userAnnotations=%s
core.v1.PodCondition: 1:type=s! 2:status=s! 3:lastProbeTime=meta.v1.Time 4:lastTransitionTime=meta.v1.Time 5:reason=s
  6:message=s 7:observedGeneration=i
core.v1.PodDNSConfig: 1:nameservers=*s 2:searches=*s 3:options=*.PodDNSConfigOption
core.v1.PodDNSConfigOption: 1:name=s 2:value=s!
core.v1.PodExtendedResourceClaimStatus: 1:requestMappings=*.ContainerExtendedResourceRequest 2:resourceClaimName=s!
core.v1.PodIP: 1:ip=s!
core.v1.PodList: 1:metadata=meta.v1.ListMeta 2:items=*.Pod
core.v1.PodOS: 1:name=s!
core.v1.PodReadinessGate: 1:conditionType=s!
core.v1.PodResourceClaim: 1:name=s! 3:resourceClaimName=s! 4:resourceClaimTemplateName=s!
core.v1.PodResourceClaimStatus: 1:name=s! 2:resourceClaimName=s!
core.v1.PodSchedulingGate: 1:name=s!
core.v1.PodSecurityContext: 1:seLinuxOptions=.SELinuxOptions 2:runAsUser=i! 3:runAsNonRoot=b! 4:supplementalGroups=*i
  5:fsGroup=i! 6:runAsGroup=i! 7:sysctls=*.Sysctl 8:windowsOptions=.WindowsSecurityContextOptions
  9:fsGroupChangePolicy=s! 10:seccompProfile=.SeccompProfile 11:appArmorProfile=.AppArmorProfile
  12:supplementalGroupsPolicy=s! 13:seLinuxChangePolicy=s!
core.v1.PodSpec: 1:volumes=*.Volume 2:containers=*.Container 3:restartPolicy=s 4:terminationGracePeriodSeconds=i!
  5:activeDeadlineSeconds=i! 6:dnsPolicy=s 7:nodeSelector=%s 8:serviceAccountName=s 9:serviceAccount=s 10:nodeName=s
  11:hostNetwork=b 12:hostPID=b 13:hostIPC=b 14:securityContext=.PodSecurityContext
  15:imagePullSecrets=*.LocalObjectReference 16:hostname=s 17:subdomain=s 18:affinity=.Affinity 19:schedulerName=s
  20:initContainers=*.Container 21:automountServiceAccountToken=b! 22:tolerations=*.Toleration
  23:hostAliases=*.HostAlias 24:priorityClassName=s 25:priority=i! 26:dnsConfig=.PodDNSConfig
  27:shareProcessNamespace=b! 28:readinessGates=*.PodReadinessGate 29:runtimeClassName=s! 30:enableServiceLinks=b!
  31:preemptionPolicy=s! 32:overhead=%resource.Quantity 33:topologySpreadConstraints=*.TopologySpreadConstraint
  34:ephemeralContainers=*.EphemeralContainer 35:setHostnameAsFQDN=b! 36:os=.PodOS 37:hostUsers=b!
  38:schedulingGates=*.PodSchedulingGate 39:resourceClaims=*.PodResourceClaim 40:resources=.ResourceRequirements
  41:hostnameOverride=s!
core.v1.PodStatus: 1:phase=s 2:conditions=*.PodCondition 3:message=s 4:reason=s 5:hostIP=s 6:podIP=s
  7:startTime=meta.v1.Time 8:containerStatuses=*.ContainerStatus 9:qosClass=s
  10:initContainerStatuses=*.ContainerStatus 11:nominatedNodeName=s 12:podIPs=*.PodIP
  13:ephemeralContainerStatuses=*.ContainerStatus 14:resize=s 15:resourceClaimStatuses=*.PodResourceClaimStatus
  16:hostIPs=*.HostIP 17:observedGeneration=i 18:extendedResourceClaimStatus=.PodExtendedResourceClaimStatus
  19:allocatedResources=%resource.Quantity 20:resources=.ResourceRequirements
core.v1.PodTemplate: 1:metadata=meta.v1.ObjectMeta 2:template=.PodTemplateSpec
core.v1.PodTemplateList: 1:metadata=meta.v1.ListMeta 2:items=*.PodTemplate
core.v1.PodTemplateSpec: 1:metadata=meta.v1.ObjectMeta 2:spec=.PodSpec
core.v1.PortStatus: 1:port=i! 2:protocol=s! 3:error=s!
core.v1.PortworxVolumeSource: 1:volumeID=s! 2:fsType=s 3:readOnly=b
core.v1.PreferredSchedulingTerm: 1:weight=i! 2:preference=.NodeSelectorTerm
core.v1.Probe: 1:^handler=.ProbeHandler 2:initialDelaySeconds=i 3:timeoutSeconds=i 4:periodSeconds=i
  5:successThreshold=i 6:failureThreshold=i 7:terminationGracePeriodSeconds=i!
core.v1.ProbeHandler: 1:exec=.ExecAction 2:httpGet=.HTTPGetAction 3:tcpSocket=.TCPSocketAction 4:grpc=.GRPCAction
core.v1.ProjectedVolumeSource: 1:sources=*.VolumeProjection 2:defaultMode=i!
core.v1.QuobyteVolumeSource: 1:registry=s! 2:volume=s! 3:readOnly=b 4:user=s 5:group=s 6:tenant=s
core.v1.RBDPersistentVolumeSource: 1:monitors=*s 2:image=s! 3:fsType=s 4:pool=s 5:user=s 6:keyring=s
  7:secretRef=.SecretReference 8:readOnly=b
core.v1.RBDVolumeSource: 1:monitors=*s 2:image=s! 3:fsType=s 4:pool=s 5:user=s 6:keyring=s
  7:secretRef=.LocalObjectReference 8:readOnly=b
core.v1.ReplicationController: 1:metadata=meta.v1.ObjectMeta 2:spec=.ReplicationControllerSpec
  3:status=.ReplicationControllerStatus
core.v1.ReplicationControllerCondition: 1:type=s! 2:status=s! 3:lastTransitionTime=meta.v1.Time 4:reason=s 5:message=s
core.v1.ReplicationControllerList: 1:metadata=meta.v1.ListMeta 2:items=*.ReplicationController
core.v1.ReplicationControllerSpec: 1:replicas=i! 2:selector=%s 3:template=.PodTemplateSpec 4:minReadySeconds=i
core.v1.ReplicationControllerStatus: 1:replicas=i! 2:fullyLabeledReplicas=i 3:observedGeneration=i 4:readyReplicas=i
  5:availableReplicas=i 6:conditions=*.ReplicationControllerCondition
core.v1.ResourceClaim: 1:name=s! 2:request=s
core.v1.ResourceFieldSelector: 1:containerName=s 2:resource=s! 3:divisor=resource.Quantity
core.v1.ResourceHealth: 1:resourceID=s! 2:health=s 3:message=s!
core.v1.ResourceQuota: 1:metadata=meta.v1.ObjectMeta 2:spec=.ResourceQuotaSpec 3:status=.ResourceQuotaStatus
core.v1.ResourceQuotaList: 1:metadata=meta.v1.ListMeta 2:items=*.ResourceQuota
core.v1.ResourceQuotaSpec: 1:hard=%resource.Quantity 2:scopes=*s 3:scopeSelector=.ScopeSelector
core.v1.ResourceQuotaStatus: 1:hard=%resource.Quantity 2:used=%resource.Quantity
core.v1.ResourceRequirements: 1:limits=%resource.Quantity 2:requests=%resource.Quantity 3:claims=*.ResourceClaim
core.v1.ResourceStatus: 1:name=s! 2:resources=*.ResourceHealth
core.v1.SELinuxOptions: 1:user=s 2:role=s 3:type=s 4:level=s
core.v1.ScaleIOPersistentVolumeSource: 1:gateway=s! 2:system=s! 3:secretRef=.SecretReference 4:sslEnabled=b
  5:protectionDomain=s 6:storagePool=s 7:storageMode=s 8:volumeName=s 9:fsType=s 10:readOnly=b
core.v1.ScaleIOVolumeSource: 1:gateway=s! 2:system=s! 3:secretRef=.LocalObjectReference 4:sslEnabled=b
  5:protectionDomain=s 6:storagePool=s 7:storageMode=s 8:volumeName=s 9:fsType=s 10:readOnly=b
core.v1.ScopeSelector: 1:matchExpressions=*.ScopedResourceSelectorRequirement
core.v1.ScopedResourceSelectorRequirement: 1:scopeName=s! 2:operator=s! 3:values=*s
core.v1.SeccompProfile: 1:type=s! 2:localhostProfile=s!
core.v1.Secret: 1:metadata=meta.v1.ObjectMeta 2:data=%y 3:type=s 4:stringData=%s 5:immutable=b!
core.v1.SecretEnvSource: 1:^localObjectReference=.LocalObjectReference 2:optional=b!
core.v1.SecretKeySelector: 1:^localObjectReference=.LocalObjectReference 2:key=s! 3:optional=b!
core.v1.SecretList: 1:metadata=meta.v1.ListMeta 2:items=*.Secret
core.v1.SecretProjection: 1:^localObjectReference=.LocalObjectReference 2:items=*.KeyToPath 4:optional=b!
core.v1.SecretReference: 1:name=s 2:namespace=s
core.v1.SecretVolumeSource: 1:secretName=s 2:items=*.KeyToPath 3:defaultMode=i! 4:optional=b!
core.v1.SecurityContext: 1:capabilities=.Capabilities 2:privileged=b! 3:seLinuxOptions=.SELinuxOptions 4:runAsUser=i!
  5:runAsNonRoot=b! 6:readOnlyRootFilesystem=b! 7:allowPrivilegeEscalation=b! 8:runAsGroup=i! 9:procMount=s!
  10:windowsOptions=.WindowsSecurityContextOptions 11:seccompProfile=.SeccompProfile
  12:appArmorProfile=.AppArmorProfile
core.v1.Service: 1:metadata=meta.v1.ObjectMeta 2:spec=.ServiceSpec 3:status=.ServiceStatus
core.v1.ServiceAccount: 1:metadata=meta.v1.ObjectMeta 2:secrets=*.ObjectReference
  3:imagePullSecrets=*.LocalObjectReference 4:automountServiceAccountToken=b!
core.v1.ServiceAccountList: 1:metadata=meta.v1.ListMeta 2:items=*.ServiceAccount
core.v1.ServiceAccountTokenProjection: 1:audience=s 2:expirationSeconds=i! 3:path=s!
core.v1.ServiceList: 1:metadata=meta.v1.ListMeta 2:items=*.Service
core.v1.ServicePort: 1:name=s 2:protocol=s 3:port=i! 4:targetPort=intstr.IntOrString 5:nodePort=i 6:appProtocol=s!
core.v1.ServiceSpec: 1:ports=*.ServicePort 2:selector=%s 3:clusterIP=s 4:type=s 5:externalIPs=*s 7:sessionAffinity=s
  8:loadBalancerIP=s 9:loadBalancerSourceRanges=*s 10:externalName=s 11:externalTrafficPolicy=s
  12:healthCheckNodePort=i 13:publishNotReadyAddresses=b 14:sessionAffinityConfig=.SessionAffinityConfig
  17:ipFamilyPolicy=s! 18:clusterIPs=*s 19:ipFamilies=*s 20:allocateLoadBalancerNodePorts=b! 21:loadBalancerClass=s!
  22:internalTrafficPolicy=s! 23:trafficDistribution=s!
core.v1.ServiceStatus: 1:loadBalancer=.LoadBalancerStatus 2:conditions=*meta.v1.Condition
core.v1.SessionAffinityConfig: 1:clientIP=.ClientIPConfig
core.v1.SleepAction: 1:seconds=i!
core.v1.StorageOSPersistentVolumeSource: 1:volumeName=s 2:volumeNamespace=s 3:fsType=s 4:readOnly=b
  5:secretRef=.ObjectReference
core.v1.StorageOSVolumeSource: 1:volumeName=s 2:volumeNamespace=s 3:fsType=s 4:readOnly=b
  5:secretRef=.LocalObjectReference
core.v1.Sysctl: 1:name=s! 2:value=s!
core.v1.TCPSocketAction: 1:port=intstr.IntOrString! 2:host=s
core.v1.Taint: 1:key=s! 2:value=s 3:effect=s! 4:timeAdded=meta.v1.Time
core.v1.Toleration: 1:key=s 2:operator=s 3:value=s 4:effect=s 5:tolerationSeconds=i!
core.v1.TopologySelectorLabelRequirement: 1:key=s! 2:values=*s
core.v1.TopologySelectorTerm: 1:matchLabelExpressions=*.TopologySelectorLabelRequirement
core.v1.TopologySpreadConstraint: 1:maxSkew=i! 2:topologyKey=s! 3:whenUnsatisfiable=s!
  4:labelSelector=meta.v1.LabelSelector 5:minDomains=i! 6:nodeAffinityPolicy=s! 7:nodeTaintsPolicy=s!
  8:matchLabelKeys=*s
core.v1.TypedLocalObjectReference: 1:apiGroup=s! 2:kind=s! 3:name=s!
core.v1.TypedObjectReference: 1:apiGroup=s! 2:kind=s! 3:name=s! 4:namespace=s!
core.v1.Volume: 1:name=s! 2:^volumeSource=.VolumeSource
core.v1.VolumeDevice: 1:name=s! 2:devicePath=s!
core.v1.VolumeMount: 1:name=s! 2:readOnly=b 3:mountPath=s! 4:subPath=s 5:mountPropagation=s! 6:subPathExpr=s
  7:recursiveReadOnly=s!
core.v1.VolumeMountStatus: 1:name=s! 2:mountPath=s! 3:readOnly=b 4:recursiveReadOnly=s! 5:volumeStatus=.VolumeStatus
core.v1.VolumeNodeAffinity: 1:required=.NodeSelector
core.v1.VolumeProjection: 1:secret=.SecretProjection 2:downwardAPI=.DownwardAPIProjection
  3:configMap=.ConfigMapProjection 4:serviceAccountToken=.ServiceAccountTokenProjection
  5:clusterTrustBundle=.ClusterTrustBundleProjection 6:podCertificate=.PodCertificateProjection
core.v1.VolumeResourceRequirements: 1:limits=%resource.Quantity 2:requests=%resource.Quantity
core.v1.VolumeSource: 1:hostPath=.HostPathVolumeSource 2:emptyDir=.EmptyDirVolumeSource
  3:gcePersistentDisk=.GCEPersistentDiskVolumeSource 4:awsElasticBlockStore=.AWSElasticBlockStoreVolumeSource
  5:gitRepo=.GitRepoVolumeSource 6:secret=.SecretVolumeSource 7:nfs=.NFSVolumeSource 8:iscsi=.ISCSIVolumeSource
  9:glusterfs=.GlusterfsVolumeSource 10:persistentVolumeClaim=.PersistentVolumeClaimVolumeSource
  11:rbd=.RBDVolumeSource 12:flexVolume=.FlexVolumeSource 13:cinder=.CinderVolumeSource 14:cephfs=.CephFSVolumeSource
  15:flocker=.FlockerVolumeSource 16:downwardAPI=.DownwardAPIVolumeSource 17:fc=.FCVolumeSource
  18:azureFile=.AzureFileVolumeSource 19:configMap=.ConfigMapVolumeSource
  20:vsphereVolume=.VsphereVirtualDiskVolumeSource 21:quobyte=.QuobyteVolumeSource 22:azureDisk=.AzureDiskVolumeSource
  23:photonPersistentDisk=.PhotonPersistentDiskVolumeSource 24:portworxVolume=.PortworxVolumeSource
  25:scaleIO=.ScaleIOVolumeSource 26:projected=.ProjectedVolumeSource 27:storageos=.StorageOSVolumeSource
  28:csi=.CSIVolumeSource 29:ephemeral=.EphemeralVolumeSource 30:image=.ImageVolumeSource
core.v1.VolumeStatus: 1:image=.ImageVolumeStatus
core.v1.VsphereVirtualDiskVolumeSource: 1:volumePath=s! 2:fsType=s 3:storagePolicyName=s 4:storagePolicyID=s
core.v1.WeightedPodAffinityTerm: 1:weight=i! 2:podAffinityTerm=.PodAffinityTerm
core.v1.WindowsSecurityContextOptions: 1:gmsaCredentialSpecName=s! 2:gmsaCredentialSpec=s! 3:runAsUserName=s!
  4:hostProcess=b!
"""
