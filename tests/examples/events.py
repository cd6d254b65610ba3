from __future__ import annotations

EXAMPLES = (
    {"apiVersion": "events.k8s.io/v1", "kind": "Event", "eventTime": "2026-01-02T03:04:05.000006Z",
     "regarding": {"kind": "Pod", "namespace": "default", "name": "web"}, "reason": "Started", "action": "Starting",
     "note": "started", "type": "Normal", "reportingController": "example.com/me", "reportingInstance": "me-1"},
)  # fmt: skip
