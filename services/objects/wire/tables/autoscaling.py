"""Field numbers of autoscaling/v1, autoscaling/v2 (see `messages` for how to read a line)."""

TABLE = """\
autoscaling.v1.CrossVersionObjectReference: 1:kind=s! 2:name=s! 3:apiVersion=s
autoscaling.v1.HorizontalPodAutoscaler: 1:metadata=meta.v1.ObjectMeta 2:spec=.HorizontalPodAutoscalerSpec
  3:status=.HorizontalPodAutoscalerStatus
autoscaling.v1.HorizontalPodAutoscalerList: 1:metadata=meta.v1.ListMeta 2:items=*.HorizontalPodAutoscaler
autoscaling.v1.HorizontalPodAutoscalerSpec: 1:scaleTargetRef=.CrossVersionObjectReference 2:minReplicas=i!
  3:maxReplicas=i! 4:targetCPUUtilizationPercentage=i!
autoscaling.v1.HorizontalPodAutoscalerStatus: 1:observedGeneration=i! 2:lastScaleTime=meta.v1.Time
  3:currentReplicas=i! 4:desiredReplicas=i! 5:currentCPUUtilizationPercentage=i!
autoscaling.v1.Scale: 1:metadata=meta.v1.ObjectMeta 2:spec=.ScaleSpec 3:status=.ScaleStatus
autoscaling.v1.ScaleSpec: 1:replicas=i
autoscaling.v1.ScaleStatus: 1:replicas=i! 2:selector=s
autoscaling.v2.ContainerResourceMetricSource: 1:name=s! 2:target=.MetricTarget 3:container=s!
autoscaling.v2.ContainerResourceMetricStatus: 1:name=s! 2:current=.MetricValueStatus 3:container=s!
autoscaling.v2.CrossVersionObjectReference: 1:kind=s! 2:name=s! 3:apiVersion=s
autoscaling.v2.ExternalMetricSource: 1:metric=.MetricIdentifier 2:target=.MetricTarget
autoscaling.v2.ExternalMetricStatus: 1:metric=.MetricIdentifier 2:current=.MetricValueStatus
autoscaling.v2.HPAScalingPolicy: 1:type=s! 2:value=i! 3:periodSeconds=i!
autoscaling.v2.HPAScalingRules: 1:selectPolicy=s! 2:policies=*.HPAScalingPolicy 3:stabilizationWindowSeconds=i!
  4:tolerance=resource.Quantity
autoscaling.v2.HorizontalPodAutoscaler: 1:metadata=meta.v1.ObjectMeta 2:spec=.HorizontalPodAutoscalerSpec
  3:status=.HorizontalPodAutoscalerStatus
autoscaling.v2.HorizontalPodAutoscalerBehavior: 1:scaleUp=.HPAScalingRules 2:scaleDown=.HPAScalingRules
autoscaling.v2.HorizontalPodAutoscalerCondition: 1:type=s! 2:status=s! 3:lastTransitionTime=meta.v1.Time 4:reason=s
  5:message=s
autoscaling.v2.HorizontalPodAutoscalerList: 1:metadata=meta.v1.ListMeta 2:items=*.HorizontalPodAutoscaler
autoscaling.v2.HorizontalPodAutoscalerSpec: 1:scaleTargetRef=.CrossVersionObjectReference 2:minReplicas=i!
  3:maxReplicas=i! 4:metrics=*.MetricSpec 5:behavior=.HorizontalPodAutoscalerBehavior
autoscaling.v2.HorizontalPodAutoscalerStatus: 1:observedGeneration=i! 2:lastScaleTime=meta.v1.Time 3:currentReplicas=i
  4:desiredReplicas=i! 5:currentMetrics=*.MetricStatus 6:conditions=*.HorizontalPodAutoscalerCondition
autoscaling.v2.MetricIdentifier: 1:name=s! 2:selector=meta.v1.LabelSelector
autoscaling.v2.MetricSpec: 1:type=s! 2:object=.ObjectMetricSource 3:pods=.PodsMetricSource
  4:resource=.ResourceMetricSource 5:external=.ExternalMetricSource 7:containerResource=.ContainerResourceMetricSource
autoscaling.v2.MetricStatus: 1:type=s! 2:object=.ObjectMetricStatus 3:pods=.PodsMetricStatus
  4:resource=.ResourceMetricStatus 5:external=.ExternalMetricStatus 7:containerResource=.ContainerResourceMetricStatus
autoscaling.v2.MetricTarget: 1:type=s! 2:value=resource.Quantity 3:averageValue=resource.Quantity
  4:averageUtilization=i!
autoscaling.v2.MetricValueStatus: 1:value=resource.Quantity 2:averageValue=resource.Quantity 3:averageUtilization=i!
autoscaling.v2.ObjectMetricSource: 1:describedObject=.CrossVersionObjectReference 2:target=.MetricTarget
  3:metric=.MetricIdentifier
autoscaling.v2.ObjectMetricStatus: 1:metric=.MetricIdentifier 2:current=.MetricValueStatus
  3:describedObject=.CrossVersionObjectReference
autoscaling.v2.PodsMetricSource: 1:metric=.MetricIdentifier 2:target=.MetricTarget
autoscaling.v2.PodsMetricStatus: 1:metric=.MetricIdentifier 2:current=.MetricValueStatus
autoscaling.v2.ResourceMetricSource: 1:name=s! 2:target=.MetricTarget
autoscaling.v2.ResourceMetricStatus: 1:name=s! 2:current=.MetricValueStatus
"""
