"""Laws of SPDY framing: what is encoded is decoded, however the bytes are cut, and no bytes break the decoder."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.apiserver.streams.spdy import (
    Data,
    Frame,
    Framer,
    GoAway,
    MoreHeaders,
    Ping,
    ProtocolError,
    Reset,
    Settings,
    SynReply,
    SynStream,
    WindowUpdate,
)

ids = st.integers(1, 0x7FFFFFFF)
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)
headers = st.dictionaries(words.map(str.lower), words, max_size=8)
numbers = st.integers(0, 0xFFFFFFFF)
frames: st.SearchStrategy[Frame] = st.one_of(
    st.builds(Data, ids, st.binary(max_size=300), st.booleans()),
    st.builds(SynStream, ids, headers, st.booleans()),
    st.builds(SynReply, ids, headers, st.booleans()),
    st.builds(MoreHeaders, ids, headers, st.booleans()),
    st.builds(Reset, ids, numbers),
    st.builds(Ping, numbers),
    st.builds(GoAway, ids, numbers),
    st.builds(WindowUpdate, ids, numbers),
    st.builds(Settings, st.dictionaries(st.integers(0, 0xFFFFFF), numbers, max_size=5)),
)


@given(st.lists(frames, max_size=8), st.lists(st.integers(1, 50), min_size=1))
def test_round_trip_in_any_pieces(sent: list[Frame], sizes: list[int]) -> None:
    ours, theirs = Framer(), Framer()
    data = b"".join(ours.encode(frame) for frame in sent)
    received: list[Frame] = []
    turn = 0
    while data:
        size = sizes[turn % len(sizes)]
        received += theirs.feed(data[:size])
        data, turn = data[size:], turn + 1
    assert received == sent


@given(st.binary(max_size=400))
def test_any_bytes_are_frames_or_a_protocol_error(data: bytes) -> None:
    try:
        for frame in Framer().feed(b"\x80\x03" + data):
            assert isinstance(frame, Frame)
    except ProtocolError:
        pass
