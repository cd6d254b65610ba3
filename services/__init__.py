"""Pinnace: Kubernetes for plain Docker Engines, as small asynchronous services."""

import os  # noqa: TID251  read by gRPC when it is imported, so it has to be set before anything else runs

# Our processes fork only to exec. gRPC's handlers around a fork would stop its threads each time a tool is run, and
# have been seen to end the process (ares_resolver.cc, "Check failed: channel_ != nullptr").
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
