"""Field numbers of batch/v1 (see `messages` for how to read a line)."""

TABLE = """\
batch.v1.CronJob: 1:metadata=meta.v1.ObjectMeta 2:spec=.CronJobSpec 3:status=.CronJobStatus
batch.v1.CronJobList: 1:metadata=meta.v1.ListMeta 2:items=*.CronJob
batch.v1.CronJobSpec: 1:schedule=s! 2:startingDeadlineSeconds=i! 3:concurrencyPolicy=s 4:suspend=b!
  5:jobTemplate=.JobTemplateSpec 6:successfulJobsHistoryLimit=i! 7:failedJobsHistoryLimit=i! 8:timeZone=s!
batch.v1.CronJobStatus: 1:active=*core.v1.ObjectReference 4:lastScheduleTime=meta.v1.Time
  5:lastSuccessfulTime=meta.v1.Time
batch.v1.Job: 1:metadata=meta.v1.ObjectMeta 2:spec=.JobSpec 3:status=.JobStatus
batch.v1.JobCondition: 1:type=s! 2:status=s! 3:lastProbeTime=meta.v1.Time 4:lastTransitionTime=meta.v1.Time 5:reason=s
  6:message=s
batch.v1.JobList: 1:metadata=meta.v1.ListMeta 2:items=*.Job
batch.v1.JobSpec: 1:parallelism=i! 2:completions=i! 3:activeDeadlineSeconds=i! 4:selector=meta.v1.LabelSelector
  5:manualSelector=b! 6:template=core.v1.PodTemplateSpec 7:backoffLimit=i! 8:ttlSecondsAfterFinished=i!
  9:completionMode=s! 10:suspend=b! 11:podFailurePolicy=.PodFailurePolicy 12:backoffLimitPerIndex=i!
  13:maxFailedIndexes=i! 14:podReplacementPolicy=s! 15:managedBy=s! 16:successPolicy=.SuccessPolicy
batch.v1.JobStatus: 1:conditions=*.JobCondition 2:startTime=meta.v1.Time 3:completionTime=meta.v1.Time 4:active=i
  5:succeeded=i 6:failed=i 7:completedIndexes=s 8:uncountedTerminatedPods=.UncountedTerminatedPods 9:ready=i!
  10:failedIndexes=s! 11:terminating=i!
batch.v1.JobTemplateSpec: 1:metadata=meta.v1.ObjectMeta 2:spec=.JobSpec
batch.v1.PodFailurePolicy: 1:rules=*.PodFailurePolicyRule
batch.v1.PodFailurePolicyOnExitCodesRequirement: 1:containerName=s! 2:operator=s! 3:values=*i
batch.v1.PodFailurePolicyOnPodConditionsPattern: 1:type=s! 2:status=s!
batch.v1.PodFailurePolicyRule: 1:action=s! 2:onExitCodes=.PodFailurePolicyOnExitCodesRequirement
  3:onPodConditions=*.PodFailurePolicyOnPodConditionsPattern
batch.v1.SuccessPolicy: 1:rules=*.SuccessPolicyRule
batch.v1.SuccessPolicyRule: 1:succeededIndexes=s! 2:succeededCount=i!
batch.v1.UncountedTerminatedPods: 1:succeeded=*s 2:failed=*s
"""
