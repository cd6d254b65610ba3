"""Jobs: pods that are started until enough of them have succeeded. What CronJobs share is in `spec`."""
