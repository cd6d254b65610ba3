"""The apiserver process: `python -m services.apiserver --help`."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial

from services.apiserver import lag
from services.apiserver.assembly import Parts, assemble
from services.apiserver.bootstrap.cluster import Bootstrap
from services.apiserver.bootstrap.identity import Address, Presence, default_address
from services.apiserver.discovery.documents import Documents
from services.apiserver.filters.authentication import read_tokens
from services.apiserver.filters.service_accounts import Signer
from services.apiserver.grpc_face import server as grpc_server
from services.apiserver.rest import server as rest_server
from services.apiserver.rest.face import Face, Stream
from services.apiserver.settings import Settings
from services.apiserver.streams import attach, exec, portforward
from services.apiserver.streams import log as logs
from services.apiserver.streams.lifetime import pod_ended
from services.apiserver.streams.nodes import NodeSessions
from services.foundation import definitions, log, process, settings, tls
from services.objects.kinds import KINDS
from services.objects.schema import Schema
from services.storage import maintenance, writer

logger = log.get(__name__)


def _streams() -> dict[str, Stream]:
    return {"exec": exec.handle, "attach": attach.handle, "portforward": portforward.handle, "log": logs.handle}


async def _run(given: Settings, stopping: asyncio.Event) -> None:
    host = given.advertise_address or default_address(given.bind_address)
    signer = Signer.load(given.service_account_key) if given.service_account_key else None
    schema = Schema(definitions.load())
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(writer.connect(given.etcd_endpoints, given.etcd_identity))
        parts = assemble(store.reader, store.writer, schema, service_cidr=given.service_cidr,
                         node_ports=given.node_port_range, signer=signer,
                         tokens=read_tokens(given.token_file) if given.token_file else {})  # fmt: skip
        presence = Presence(parts.api, Address(host, given.port, given.grpc_port))
        bootstrap = Bootstrap(parts.api, presence, parts.addresses.first)
        sessions = NodeSessions(partial(pod_ended, parts.cache))
        documents = Documents(KINDS, schema, f"{host}:{given.port}", lambda: _unready(parts, bootstrap))
        face = Face(parts.api, KINDS, parts.authenticator, documents, _streams(), sessions)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        following = tasks.create_task(parts.cache.run())
        await stack.enter_async_context(rest_server.serve(face, given.bind_address, given.port,
                                                          tls.server_context(given.identity)))  # fmt: skip
        await stack.enter_async_context(
            grpc_server.serve(
                parts.api, sessions, given.identity, parts.authenticator, address=given.bind_address,
                port=given.grpc_port, token_port=given.grpc_token_port or given.grpc_port + 1,
            )
        )
        logger.info("apiserver started", address=f"{host}:{given.port}", grpc_port=given.grpc_port)
        others = [
            tasks.create_task(work)
            for work in (parts.repair.run(), parts.custom.run(), bootstrap.run(), lag.measure(),
                         maintenance.compact_periodically(store.reader, given.etcd_endpoints, given.etcd_identity))
        ]  # fmt: skip
        await stopping.wait()
        logger.info("apiserver stops")
        for task in others:
            task.cancel()
        await presence.withdraw()
        following.cancel()


def _unready(parts: Parts, bootstrap: Bootstrap) -> str:
    if not parts.cache.synced.is_set():
        return "the watch cache has not been filled from etcd"
    return "" if bootstrap.done.is_set() else "the namespaces of every cluster have not been made"


def main() -> None:
    given = settings.parse(Settings, prog="python -m services.apiserver")
    process.run("apiserver", lambda stopping: _run(given, stopping), level=given.log_level)


if __name__ == "__main__":
    main()
