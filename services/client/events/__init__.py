"""Kubernetes Events as our processes tell them: what is said is a value, whether it is written is the correlator's
decision, and nobody waits for the writing.

    events = EventWriter(client, fence)
    group.create_task(events.run())
    events.tell(Event(Reference.to(POD, pod), "Warning", "FailedMount", "no such volume", "kubelet", host="node-a"))
"""

from services.client.events.event import Event, Reference
from services.client.events.writer import EventWriter

__all__ = ["Event", "EventWriter", "Reference"]
