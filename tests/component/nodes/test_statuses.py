"""A long Status reaches who can take it whole, and everybody else as much of it as their gRPC takes."""

from __future__ import annotations

from typing import Any

import grpc
import orjson
import pytest

from services.cli.pki import Pki
from services.client.sdk.client import Client
from services.client.sdk.connection import Credentials
from services.objects.errors import Cause, Invalid
from services.objects.kinds import POD
from services.rpc.pinnace.v1 import resources_pb2

CAUSES = [Cause("FieldValueInvalid", f"Invalid value: {number}: must be something else", f"spec.containers[{number}]")
          for number in range(2000)]  # fmt: skip
LONG = Invalid("", "Pod", "long", CAUSES)
STATUS = LONG.status()


@pytest.fixture
def credentials(pki: Pki) -> Credentials:
    return Credentials.of(pki.identity("admin"))


async def refusal(face: Any, credentials: Credentials, name: str, metadata: Any = ()) -> grpc.aio.AioRpcError:
    """What a channel with gRPC's own limits makes of the answer."""
    tls = grpc.ssl_channel_credentials(credentials.ca, credentials.key, credentials.certificate)
    async with grpc.aio.secure_channel(face.address, tls) as channel:
        call = channel.unary_unary("/pinnace.v1.Resources/Get")
        resource = resources_pb2.Resource(version="v1", resource="pods", namespace="default", name=name)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(resources_pb2.GetRequest(resource=resource).SerializeToString(), timeout=10, metadata=metadata)
    return caught.value


def status_of(refused: grpc.aio.AioRpcError) -> Any:
    return orjson.loads(dict(refused.trailing_metadata() or ())["pinnace-status-bin"])


async def test_the_sdk_takes_a_long_status_whole(face: Any, credentials: Credentials) -> None:
    assert len(orjson.dumps(STATUS)) > 300_000
    face.api.refusals["long"] = LONG
    async with Client(face.address, credentials=credentials) as client:
        with pytest.raises(Invalid) as caught:
            await client.resource(POD, "default").get("long")
    assert caught.value.status() == STATUS


@pytest.mark.parametrize("asked", ["", "nonsense", "-1"])
async def test_a_plain_client_gets_what_its_metadata_hold(face: Any, credentials: Credentials, asked: str) -> None:
    """A channel with gRPC's own limits: the class, a cut message and the first causes arrive."""
    face.api.refusals["long"] = LONG
    refused = await refusal(face, credentials, "long", (("pinnace-status-limit", asked),) if asked else ())
    assert refused.code() == grpc.StatusCode.INVALID_ARGUMENT
    status = status_of(refused)
    assert status["reason"] == "Invalid"
    assert status["message"].endswith("…")
    causes = status["details"]["causes"]
    assert causes == STATUS["details"]["causes"][: len(causes)]
    assert len(causes) >= 20


async def test_a_short_status_is_whole_for_everybody(face: Any, credentials: Credentials) -> None:
    few = Invalid("", "Pod", "few", CAUSES[:20])
    face.api.refusals["few"] = few
    assert status_of(await refusal(face, credentials, "few")) == few.status()
