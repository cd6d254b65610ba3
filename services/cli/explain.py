"""`pinnace explain pod NAME`: what the scheduler thinks of a pod, node by node, plugin by plugin."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from services.cli.preflight import Refused
from services.client.sdk import kubeconfig
from services.client.sdk.connection import Connection, channel, translated
from services.objects.errors import Forbidden, NotFound, ServiceUnavailable, StatusError
from services.rpc.pinnace.v1 import explaining_pb2 as pb
from services.rpc.pinnace.v1 import explaining_pb2_grpc

PORT = 10260
TIMEOUT = 30.0  # seconds
BEST, EXAMPLES = 10, 3  # nodes that are shown of those that can take the pod, and of those that refuse it alike

Head = pb.ExplainResponse.Head
Verdict = pb.ExplainResponse.Verdict

_PLACES = {
    "bound": "is on node {node}", "ended": "has ended", "going": "is being deleted",
    "gated": "waits for its scheduling gates to be removed", "foreign": "waits for another scheduler",
    "ready": "is about to be decided about", "flying": "is being bound to node {node}",
    "backoff": "is tried again soon", "parked": "waits until something happens that could help it",
    "unknown": "is not waiting for this scheduler",
}  # fmt: skip


async def explain(name: str, namespace: str, config: Path | None, context: str, scheduler: str, output: str,
                  everything: bool) -> int:  # fmt: skip
    """0, or raises Refused. `scheduler` is host:port; that of the kubeconfig's server unless given."""
    try:
        access = kubeconfig.load(config, context)
    except (ValueError, OSError) as error:
        raise Refused(str(error)) from error
    address = scheduler or os.environ.get("PINNACE_SCHEDULER") or f"{access.grpc_address.rpartition(':')[0]}:{PORT}"
    head, verdicts = await _ask(address, access, name, namespace or kubeconfig.namespace(config, context))
    print("\n".join([to_json(head, verdicts)] if output == "json" else lines(name, head, verdicts, everything)))
    return 0


async def _ask(address: str, access: kubeconfig.Access, name: str, namespace: str) -> tuple[Head, list[Verdict]]:
    if access.credentials.certificate is None:
        raise Refused("the scheduler asks for a client certificate, and the kubeconfig's user has none")
    connection = Connection(channel(address, access.credentials), "")
    head, verdicts = Head(), list[Verdict]()
    try:
        with translated():
            stub = connection.stub(explaining_pb2_grpc.ExplainingStub)
            async for part in stub.Explain(pb.ExplainRequest(namespace=namespace, name=name), timeout=TIMEOUT):
                if part.WhichOneof("part") == "head":
                    head = part.head
                verdicts += part.verdicts.verdicts
    except NotFound as error:
        raise Refused(f"the scheduler knows no pod {namespace}/{name}") from error
    except Forbidden as error:
        raise Refused(f"the scheduler does not answer: {error.message}") from error
    except ServiceUnavailable as error:
        raise Refused(f"no scheduler answers at {address} (--scheduler says where; it must have been given an "
                      f"--explain-address): {error.message}") from error  # fmt: skip
    except StatusError as error:
        raise Refused(error.message) from error
    finally:
        await connection.channel.close()
    return head, verdicts


def to_json(head: Head, verdicts: Sequence[Verdict]) -> str:
    """All of it."""
    names = [plugin.name for plugin in head.plugins]
    told: dict[str, Any] = {
        "place": head.place, "leads": head.leads, "node": head.node, "nominatedNode": head.nominated_node,
        "profile": head.profile, "attempts": head.attempts,
        "secondsUntilNextAttempt": head.seconds if head.HasField("seconds") else None,
        "helpedBy": list(head.helped_by), "refusal": head.refusal, "told": head.told,
        "weights": {plugin.name: plugin.weight for plugin in head.plugins},
        "nodes": [{"name": each.node, "filter": each.filter, "reasons": list(each.reasons)} if each.filter else
                  {"name": each.node, "total": each.total, "best": each.best,
                   "points": dict(zip(names, each.points, strict=True))}
                  for each in verdicts],
    }  # fmt: skip
    return json.dumps(told, indent=2)


def lines(name: str, head: Head, verdicts: Sequence[Verdict], everything: bool = False) -> Iterator[str]:
    """For people: where the pod is, the best nodes with their points, and those that refuse it by reason."""
    place = "waits" if head.place == "ready" and not head.leads else _PLACES[head.place].format(node=head.node)
    yield f"pod {name} {place}{_until(head)}"
    if not head.leads:
        yield "this scheduler does not lead: it only follows"
    if head.nominated_node:
        yield f"node {head.nominated_node} is being cleared for it"
    if head.refusal:
        yield head.refusal
    if head.told and head.told != head.refusal:
        yield f"it was told: {head.told}"
    can, cannot = [each for each in verdicts if not each.filter], [each for each in verdicts if each.filter]
    if can:
        as_if = ", as if it were not there" if head.place in ("bound", "flying") else ""
        yield f"\n{len(can):,} of {head.nodes:,} nodes can take it{as_if} (points are from 0 to 100, x weight):"
        shown = can if everything else can[:BEST]
        headings = ["NODE", "TOTAL", *(f"{plugin.name} x{plugin.weight}" for plugin in head.plugins)]
        yield from _aligned([headings, *([each.node, str(each.total), *map(str, each.points)] for each in shown)])
        if len(shown) < len(can):
            yield f"... and {len(can) - len(shown):,} more: --all"
        best = sum(each.best for each in can)
        yield f"{can[0].node} would be chosen" if best == 1 else f"one of the first {best:,} would be chosen, by lot"
    if cannot:
        yield f"\n{len(cannot):,} of {head.nodes:,} nodes refuse it:"
        if everything:
            yield from _aligned([["NODE", "FILTER", "WHY"],
                                 *([each.node, each.filter, ", ".join(each.reasons)] for each in cannot)])  # fmt: skip
        else:
            yield from _aligned(list(_by_reason(cannot)))


def _until(head: Head) -> str:
    parts = []
    if head.helped_by:
        parts.append(f"one of {', '.join(head.helped_by)}")
    if head.HasField("seconds"):
        parts.append(f"in {head.seconds:,.0f} s at the latest")
    tried = f" (tried {head.attempts} times)" if head.attempts > 1 else ""
    return f"{tried}{': ' if parts else ''}{', '.join(parts)}"


def _by_reason(cannot: Sequence[Verdict]) -> Iterator[list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for each in cannot:
        found.setdefault((each.filter, ", ".join(each.reasons)), []).append(each.node)
    yield ["FILTER", "NODES", "WHY", "SUCH AS"]
    for (filter_, why), nodes in sorted(found.items(), key=lambda each: -len(each[1])):
        yield [filter_, f"{len(nodes):,}", why, ", ".join(nodes[:EXAMPLES])]


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
