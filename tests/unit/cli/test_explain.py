"""What `pinnace explain` prints."""

from __future__ import annotations

import pytest

from services.cli.explain import Head, Verdict, lines
from services.rpc.pinnace.v1 import explaining_pb2 as pb

PLUGINS = [pb.ExplainResponse.Plugin(name=name, weight=weight) for name, weight in (("Fit", 1), ("Taints", 3))]


def test_the_best_nodes_and_who_refuses() -> None:
    head = Head(leads=True, place="bound", node="a", nodes=20, plugins=PLUGINS)
    verdicts = [Verdict(node=f"n{number:02d}", total=350 - number, points=[50 - number, 100], best=number < 1)
                for number in range(12)]
    verdicts += [Verdict(node=name, filter="Name", reasons=["no", "never"]) for name in "vwxyz"]
    assert list(lines("web", head, verdicts)) == [
        "pod web is on node a",
        "\n12 of 20 nodes can take it, as if it were not there (points are from 0 to 100, x weight):",
        "NODE   TOTAL   Fit x1   Taints x3",
        *(f"n{number:02d}    {350 - number}     {50 - number}       100" for number in range(10)),
        "... and 2 more: --all",
        "n00 would be chosen",
        "\n5 of 20 nodes refuse it:",
        "FILTER   NODES   WHY         SUCH AS",
        "Name     5       no, never   v, w, x",
    ]
    everything = list(lines("web", head, verdicts, everything=True))
    assert len(everything) == 1 + 2 + 12 + 1 + 2 + 5
    assert everything[-1] == "z      Name     no, never"
    verdicts[1].best = True
    assert "one of the first 2 would be chosen, by lot" in list(lines("web", head, verdicts))


@pytest.mark.parametrize(("head", "first"), [
    (Head(place="parked", attempts=3, seconds=250.4, helped_by=["NODE_ADDED", "POD_GONE"]),
     "pod web waits until something happens that could help it (tried 3 times): one of NODE_ADDED, POD_GONE, "
     "in 250 s at the latest"),
    (Head(place="backoff", attempts=2, seconds=1.9),
     "pod web is tried again soon (tried 2 times): in 2 s at the latest"),
    (Head(place="ready"), "pod web waits"),
    (Head(place="gated"), "pod web waits for its scheduling gates to be removed"),
    (Head(place="foreign"), "pod web waits for another scheduler"),
])  # fmt: skip
def test_where_it_is(head: Head, first: str) -> None:
    assert list(lines("web", head, [])) == [first, "this scheduler does not lead: it only follows"]


def test_why_nobody_takes_it() -> None:
    text = "0/2 nodes are available: 2 Too many pods."
    head = Head(leads=True, place="backoff", nominated_node="n", refusal=text, told=text)
    expected = ["pod web is tried again soon", "node n is being cleared for it", text]
    assert list(lines("web", head, [])) == expected
    head.told = f"{text} preemption: not eligible due to preemptionPolicy=Never."
    assert list(lines("web", head, [])) == [*expected, f"it was told: {head.told}"]
