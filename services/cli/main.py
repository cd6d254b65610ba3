"""The command `pinnace`: one subcommand a verb; each imports what it needs when it runs, so that help is instant."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import sys
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DEFAULT_STATE_DIR = Path("/var/lib/pinnace")


def main(argv: Sequence[str] | None = None) -> None:
    """Exits with the subcommand's code; a refusal is one sentence on standard error and code 1."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    loads = arguments[:1] == ["load"]
    given: dict[str, Any] = {"run": _load, "arguments": arguments[1:]} if loads else _given(arguments)
    run = given.pop("run")
    from services.cli.preflight import Refused

    try:
        sys.exit(run(given))
    except (Refused, OSError) as error:
        sys.exit(f"pinnace: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _given(arguments: Sequence[str]) -> dict[str, Any]:
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    if "run" not in given:
        parser.print_help()
        sys.exit(2)
    return given


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pinnace", description="Kubernetes for plain Docker Engines.")
    commands = parser.add_subparsers(title="commands", metavar="")
    up = commands.add_parser("up", help="start a one-node cluster on this machine, or wait for the one that runs")
    _add_cluster_options(up)
    up.add_argument("--foreground", action="store_true", help="stay in the foreground, with logs on the terminal")
    up.set_defaults(run=_up)
    down = commands.add_parser("down", help="stop the cluster and remove its pods' containers")
    _add_state_dir(down)
    down.add_argument("--purge", action="store_true", help="delete its data and certificates as well")
    down.set_defaults(run=_down)
    status = commands.add_parser("status", help="what runs, since when, and how the node is")
    _add_state_dir(status)
    status.set_defaults(run=_status)
    pki = commands.add_parser("pki", help="make or renew the certificates of a cluster that is put together by hand")
    pki.add_argument("--dir", type=Path, required=True, help="directory of the certificates")
    pki.add_argument("--nodes", default="", help="names of the nodes, separated by commas")
    pki.add_argument("--addresses", default="", help="names and addresses of the servers, separated by commas")
    pki.set_defaults(run=_pki)
    access = commands.add_parser(
        "kubeconfig", help="print the administrator's kubeconfig of a cluster put together by hand"
    )
    access.add_argument("--pki", type=Path, required=True, help="directory of the certificates")
    access.add_argument("--server", required=True, help="the API's URL, like https://127.0.0.1:6443")
    access.set_defaults(run=_kubeconfig)
    explain = commands.add_parser("explain", help="why a pod is where it is, or nowhere: what the scheduler thinks")
    explain.add_argument("what", choices=["pod"], metavar="pod")
    explain.add_argument("name")
    explain.add_argument("-n", "--namespace", default="", help="default: that of the kubeconfig's context")
    explain.add_argument("--kubeconfig", type=Path, help="default: $KUBECONFIG, else ~/.kube/config")
    explain.add_argument("--context", default="", help="default: the kubeconfig's current one")
    explain.add_argument("--scheduler", default="", help="host:port; default: $PINNACE_SCHEDULER, else port 10260 of "
                                                         "the kubeconfig's server")  # fmt: skip
    explain.add_argument("-o", "--output", choices=["text", "json"], default="text")
    explain.add_argument("--all", action="store_true", help="every node")
    explain.set_defaults(run=_explain)
    commands.add_parser("load", help="measure a Kubernetes API or the scheduler: `pinnace load --help`")
    return parser


def _add_state_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state-dir", type=Path, default=DEFAULT_STATE_DIR, help="directory of all state")


def _add_cluster_options(parser: argparse.ArgumentParser) -> None:
    from services.cli.cluster import Cluster

    hints = typing.get_type_hints(Cluster)
    for field in dataclasses.fields(Cluster):
        parser.add_argument(
            "--" + field.name.replace("_", "-"),
            type=hints[field.name],
            default=field.default,
            help=f"{field.metadata['help']} ({field.default})" if field.default != "" else field.metadata["help"],
        )


def _up(given: dict[str, Any]) -> int:
    from services.cli.cluster import Cluster
    from services.cli.up import up

    foreground = given.pop("foreground")
    return asyncio.run(up(Cluster(**given), foreground=foreground))


def _down(given: dict[str, Any]) -> int:
    from services.cli.down import down

    return asyncio.run(down(given["state_dir"], purge=given["purge"]))


def _status(given: dict[str, Any]) -> int:
    from services.cli.status import status

    return asyncio.run(status(given["state_dir"]))


def _explain(given: dict[str, Any]) -> int:
    from services.cli.explain import explain

    return asyncio.run(explain(given["name"], given["namespace"], given["kubeconfig"], given["context"],
                               given["scheduler"], given["output"], given["all"]))  # fmt: skip


def _load(given: dict[str, Any]) -> int:
    """They have parsers of their own. The scheduler's control plane is made here: load knows no certificates."""
    arguments = given["arguments"]
    if arguments[:1] == ["scheduler"]:
        from services.cli.control_plane import private
        from services.load.scheduling.command import main as load_scheduler

        return load_scheduler(arguments[1:], private)
    from services.load.main import main as load_api

    return load_api(arguments)


def _pki(given: dict[str, Any]) -> int:
    from services.cli.pki import Pki

    nodes = [name for name in given["nodes"].split(",") if name]
    addresses = [name for name in given["addresses"].split(",") if name]
    for name in Pki(given["dir"]).ensure(nodes, addresses):
        print(f"made {name}")
    return 0


def _kubeconfig(given: dict[str, Any]) -> int:
    from services.cli import kubeconfig
    from services.cli.pki import Pki

    print(kubeconfig.text(given["server"], Pki(given["pki"]).identity("admin")), end="")
    return 0


if __name__ == "__main__":
    main()
