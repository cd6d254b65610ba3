"""SPDY/3 framing: its dictionary, its frames as bytes, and what is no SPDY."""

from __future__ import annotations

import struct
import zlib

import pytest

from services.apiserver.streams import spdy
from services.apiserver.streams.spdy import Data, Framer, GoAway, Ping, ProtocolError, Reset, SynReply, SynStream


def test_the_dictionary_is_the_one_of_the_draft() -> None:
    # The id that zlib gives it stands in every SPDY/3 header block.
    assert len(spdy.DICTIONARY) == 1423
    assert zlib.adler32(spdy.DICTIONARY) == 0xE3C6A7C2


@pytest.mark.parametrize(
    ("frame", "encoded"),
    [
        (Data(1, b"abc"), "00000001 00000003 616263"),
        (Data(3, b"", fin=True), "00000003 01000000"),
        (Reset(5, spdy.CANCEL), "80030003 00000008 00000005 00000005"),
        (Ping(1), "80030006 00000004 00000001"),
        (GoAway(7), "80030007 00000008 00000007 00000000"),
        (spdy.WindowUpdate(1, 65536), "80030009 00000008 00000001 00010000"),
        (spdy.Settings({7: 65536}), "80030004 0000000c 00000001 00000007 00010000"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_frames_as_bytes(frame: spdy.Frame, encoded: str) -> None:
    data = bytes.fromhex(encoded)
    assert Framer().encode(frame) == data
    assert list(Framer().feed(data)) == [frame]


def test_a_stream_that_another_implementation_opened() -> None:
    # Headers packed by zlib alone, as the draft says: count, then length-prefixed names and values.
    block = struct.pack(">II10sI5s", 1, 10, b"streamtype", 5, b"stdin")
    packer = zlib.compressobj(zdict=spdy.DICTIONARY)
    packed = packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)
    body = struct.pack(">IIBB", 1, 0, 0, 0) + packed
    frame = struct.pack(">HHI", 0x8003, 1, spdy.FIN << 24 | len(body)) + body
    assert list(Framer().feed(frame)) == [SynStream(1, {"streamtype": "stdin"}, fin=True)]


def test_header_compression_goes_on_from_frame_to_frame() -> None:
    ours, theirs = Framer(), Framer()
    headers = {"streamtype": "data", "port": "8080", "requestid": "0"}
    sent = [SynStream(number, headers) for number in (1, 3, 5)]
    packed = [ours.encode(frame) for frame in sent]
    assert len(packed[2]) < len(packed[0])
    assert [frame for data in packed for frame in theirs.feed(data)] == sent


def test_names_are_lower_case() -> None:
    assert list(Framer().feed(Framer().encode(SynReply(1, {"StreamType": "Error"})))) == [
        SynReply(1, {"streamtype": "Error"})
    ]


def test_unknown_control_frames_are_ignored() -> None:
    unknown = struct.pack(">HHI", 0x8003, 77, 4) + b"what"
    assert list(Framer().feed(unknown + Framer().encode(Ping(1)))) == [Ping(1)]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (struct.pack(">HHI", 0x8002, 6, 4) + b"\0\0\0\1", "version 2"),
        (struct.pack(">HHI", 0x8003, 6, 2) + b"\0\0", "too short"),
        (struct.pack(">II", 1, spdy.MAX_FRAME + 1), "bytes"),
        (struct.pack(">HHI", 0x8003, 2, 8) + b"\0\0\0\1junk", "unpacked"),
        (struct.pack(">HHII", 0x8003, 4, 4, 1 << 30), "more than it has"),
        (b"GET / HTTP/1.1\r\n\r\n" + b"x" * 8, "bytes"),
    ],
)
def test_what_is_no_spdy_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(ProtocolError, match=problem):
        list(Framer().feed(data))


def test_a_small_block_that_unpacks_to_a_large_one_is_refused() -> None:
    packer = zlib.compressobj(zdict=spdy.DICTIONARY)
    bomb = packer.compress(b"\0" * (spdy.MAX_HEADERS + 1)) + packer.flush(zlib.Z_SYNC_FLUSH)
    frame = struct.pack(">HHII", 0x8003, 2, 4 + len(bomb), 1) + bomb
    with pytest.raises(ProtocolError, match="more than"):
        list(Framer().feed(frame))
