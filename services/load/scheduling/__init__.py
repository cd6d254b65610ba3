"""How fast pods find nodes: named workloads in the shape of scheduler_perf, end to end and for the algorithm alone."""
