"""Field numbers of apps/v1 (see `messages` for how to read a line)."""

TABLE = """\
apps.v1.ControllerRevision: 1:metadata=meta.v1.ObjectMeta 2:data=runtime.RawExtension 3:revision=i!
apps.v1.ControllerRevisionList: 1:metadata=meta.v1.ListMeta 2:items=*.ControllerRevision
apps.v1.DaemonSet: 1:metadata=meta.v1.ObjectMeta 2:spec=.DaemonSetSpec 3:status=.DaemonSetStatus
apps.v1.DaemonSetCondition: 1:type=s! 2:status=s! 3:lastTransitionTime=meta.v1.Time 4:reason=s 5:message=s
apps.v1.DaemonSetList: 1:metadata=meta.v1.ListMeta 2:items=*.DaemonSet
apps.v1.DaemonSetSpec: 1:selector=meta.v1.LabelSelector 2:template=core.v1.PodTemplateSpec
  3:updateStrategy=.DaemonSetUpdateStrategy 4:minReadySeconds=i 6:revisionHistoryLimit=i!
apps.v1.DaemonSetStatus: 1:currentNumberScheduled=i! 2:numberMisscheduled=i! 3:desiredNumberScheduled=i!
  4:numberReady=i! 5:observedGeneration=i 6:updatedNumberScheduled=i 7:numberAvailable=i 8:numberUnavailable=i
  9:collisionCount=i! 10:conditions=*.DaemonSetCondition
apps.v1.DaemonSetUpdateStrategy: 1:type=s 2:rollingUpdate=.RollingUpdateDaemonSet
apps.v1.Deployment: 1:metadata=meta.v1.ObjectMeta 2:spec=.DeploymentSpec 3:status=.DeploymentStatus
apps.v1.DeploymentCondition: 1:type=s! 2:status=s! 4:reason=s 5:message=s 6:lastUpdateTime=meta.v1.Time
  7:lastTransitionTime=meta.v1.Time
apps.v1.DeploymentList: 1:metadata=meta.v1.ListMeta 2:items=*.Deployment
apps.v1.DeploymentSpec: 1:replicas=i! 2:selector=meta.v1.LabelSelector 3:template=core.v1.PodTemplateSpec
  4:strategy=.DeploymentStrategy 5:minReadySeconds=i 6:revisionHistoryLimit=i! 7:paused=b 9:progressDeadlineSeconds=i!
apps.v1.DeploymentStatus: 1:observedGeneration=i 2:replicas=i 3:updatedReplicas=i 4:availableReplicas=i
  5:unavailableReplicas=i 6:conditions=*.DeploymentCondition 7:readyReplicas=i 8:collisionCount=i!
  9:terminatingReplicas=i!
apps.v1.DeploymentStrategy: 1:type=s 2:rollingUpdate=.RollingUpdateDeployment
apps.v1.ReplicaSet: 1:metadata=meta.v1.ObjectMeta 2:spec=.ReplicaSetSpec 3:status=.ReplicaSetStatus
apps.v1.ReplicaSetCondition: 1:type=s! 2:status=s! 3:lastTransitionTime=meta.v1.Time 4:reason=s 5:message=s
apps.v1.ReplicaSetList: 1:metadata=meta.v1.ListMeta 2:items=*.ReplicaSet
apps.v1.ReplicaSetSpec: 1:replicas=i! 2:selector=meta.v1.LabelSelector 3:template=core.v1.PodTemplateSpec
  4:minReadySeconds=i
apps.v1.ReplicaSetStatus: 1:replicas=i! 2:fullyLabeledReplicas=i 3:observedGeneration=i 4:readyReplicas=i
  5:availableReplicas=i 6:conditions=*.ReplicaSetCondition 7:terminatingReplicas=i!
apps.v1.RollingUpdateDaemonSet: 1:maxUnavailable=intstr.IntOrString! 2:maxSurge=intstr.IntOrString!
apps.v1.RollingUpdateDeployment: 1:maxUnavailable=intstr.IntOrString! 2:maxSurge=intstr.IntOrString!
apps.v1.RollingUpdateStatefulSetStrategy: 1:partition=i! 2:maxUnavailable=intstr.IntOrString!
apps.v1.StatefulSet: 1:metadata=meta.v1.ObjectMeta 2:spec=.StatefulSetSpec 3:status=.StatefulSetStatus
apps.v1.StatefulSetCondition: 1:type=s! 2:status=s! 3:lastTransitionTime=meta.v1.Time 4:reason=s 5:message=s
apps.v1.StatefulSetList: 1:metadata=meta.v1.ListMeta 2:items=*.StatefulSet
apps.v1.StatefulSetOrdinals: 1:start=i!
apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy: 1:whenDeleted=s 2:whenScaled=s
apps.v1.StatefulSetSpec: 1:replicas=i! 2:selector=meta.v1.LabelSelector 3:template=core.v1.PodTemplateSpec
  4:volumeClaimTemplates=*core.v1.PersistentVolumeClaim 5:serviceName=s! 6:podManagementPolicy=s
  7:updateStrategy=.StatefulSetUpdateStrategy 8:revisionHistoryLimit=i! 9:minReadySeconds=i
  10:persistentVolumeClaimRetentionPolicy=.StatefulSetPersistentVolumeClaimRetentionPolicy
  11:ordinals=.StatefulSetOrdinals
apps.v1.StatefulSetStatus: 1:observedGeneration=i 2:replicas=i! 3:readyReplicas=i 4:currentReplicas=i
  5:updatedReplicas=i 6:currentRevision=s 7:updateRevision=s 9:collisionCount=i! 10:conditions=*.StatefulSetCondition
  11:availableReplicas=i!
apps.v1.StatefulSetUpdateStrategy: 1:type=s 2:rollingUpdate=.RollingUpdateStatefulSetStrategy
"""
