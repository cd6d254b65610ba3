"""`pinnace load api`: measures a Kubernetes API, Pinnace's or any other."""

from __future__ import annotations

import argparse
import dataclasses
import os
import random
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import uvloop
from rich.console import Console

from services.load import endpoint as endpoints
from services.load import local, measures, metrics, running, watch
from services.load import report as reports
from services.load import scenario as scenarios
from services.load.endpoint import Endpoint, EndpointError
from services.load.ground import Ground, Refused, ground
from services.load.http import HttpError
from services.load.report import Measure, Report
from services.load.scenario import MEASURES, Scenario, ScenarioError

RUN: dict[str, Callable[[Ground, Scenario], Awaitable[Measure]]] = {
    "creates": measures.creates,
    "gets": measures.gets,
    "patches": measures.patches,
    "list": measures.listing,
    "watch": watch.deliveries,
}


def main(argv: Sequence[str]) -> int:
    """0: everything was measured; 1: some requests failed; 2: nothing could be measured, and why."""
    options = _parser().parse_args(argv)
    console = reports.console()
    try:
        endpoint = _endpoint(options)
        scenario = _scenario(options)
        report = uvloop.run(_run(endpoint, scenario, options, console))
    except (EndpointError, ScenarioError, Refused, HttpError, OSError, TimeoutError) as error:
        print(f"pinnace load: {error or 'no answer in time'}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    report.show(console)
    if options.json:
        report.save(options.json)
    return 1 if report.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pinnace load", description="Measures a Kubernetes API.")
    commands = parser.add_subparsers(required=True, metavar="api | scheduler")
    api = commands.add_parser("api", help="creates, gets, patches, lists and watch deliveries of pods that never run")
    commands.add_parser("scheduler", help="how fast pods find nodes, in a control plane made for it: `... --help`")
    where = api.add_argument_group("where")
    where.add_argument("--kubeconfig", type=Path, help="default: $KUBECONFIG or ~/.kube/config")
    where.add_argument("--context", default="", help="of the kubeconfig; default: its current one")
    where.add_argument("--server", default="", help="https://host:port, instead of a kubeconfig")
    where.add_argument("--token", default="", help="bearer token, with --server")
    where.add_argument("--ca", default="", help="PEM file of the server's authority, with --server")
    where.add_argument("--insecure", action="store_true", help="do not check the server's certificate, with --server")
    what = api.add_argument_group("what")
    what.add_argument("--scenario", type=Path, help="YAML file; the options below come on top of it")
    for field in dataclasses.fields(Scenario):
        if field.name != "measures":
            what.add_argument(f"--{field.name}", type=float if field.name == "duration" else int,
                              help=f"default: {field.default}")  # fmt: skip
    what.add_argument("--measures", type=lambda text: text.split(","), help=f"default: {','.join(MEASURES)}")
    what.add_argument("--with-pods", action="store_true", help="also time real pods; the cluster must have nodes")
    what.add_argument("--image", default="pinnace/demo", help="of the real pods; default: pinnace/demo")
    api.add_argument("--json", type=Path, help="keep the figures in this file")
    return parser


def _endpoint(options: argparse.Namespace) -> Endpoint:
    if options.server:
        return endpoints.from_server(options.server, options.token, options.ca, insecure=options.insecure)
    options.kubeconfig = options.kubeconfig or _default_kubeconfig()
    return endpoints.from_kubeconfig(options.kubeconfig, options.context)


def _default_kubeconfig() -> Path:
    named = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    return Path(named) if named else Path.home() / ".kube" / "config"


def _scenario(options: argparse.Namespace) -> Scenario:
    base = scenarios.load(options.scenario) if options.scenario else Scenario()
    return scenarios.changed(base, {field.name: getattr(options, field.name) for field in dataclasses.fields(Scenario)})


async def _run(endpoint: Endpoint, scenario: Scenario, options: argparse.Namespace, console: Console) -> Report:
    report = Report(f"{endpoint.host}:{endpoint.port}", dataclasses.asdict(scenario))
    before = await metrics.lag(endpoint)
    namespace = f"pinnace-load-{random.SystemRandom().randrange(10**6):06d}"
    async with ground(endpoint, namespace, scenario.payload) as place:
        if options.with_pods:
            report.measures.append(await running.measure(place, options.image, options.kubeconfig, options.context))
        await _measure(place, scenario, report, console)
        if endpoint.is_local:
            report.memory = local.memory(endpoint.port)
        lag = metrics.quantile(before, await metrics.lag(endpoint), 0.99)
        console.print(f"removing namespace {namespace}")
    if lag is not None:
        report.facts["event_loop_lag_p99_milliseconds"] = lag * 1000
    started = local.start_time(endpoint.port) if endpoint.is_local else None
    if started is not None:
        report.facts["up_to_ready_seconds"] = started
    return report


async def _measure(place: Ground, scenario: Scenario, report: Report, console: Console) -> None:
    filled = False
    for name in scenario.measures:
        if name != "creates" and not filled:
            await measures.fill(place, scenario)
            filled = True
        console.print(f"measuring {name}")
        report.measures.append(await RUN[name](place, scenario))
