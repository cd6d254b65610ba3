"""One object of the cache, one change of it, and the frames that tell watchers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson

from services.apiserver.watching.encoding import respliced
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj

Convert = Callable[[Obj], Obj]

_NO_LABELS: Mapping[str, str] = {}


class Item:
    """An object as it was at one resourceVersion: its final bytes, and what selectors ask of it.

    The parsed object is not kept: `orjson.loads` of the bytes gives a writer the private copy it needs anyway, and ten
    thousand parsed pods would take ten times the memory of their bytes. It is there while watchers are told of the
    object (until `settle`), since most fields are asked for then or never.
    """

    __slots__ = ("_fields", "_getters", "_parsed", "_view", "create_revision", "json", "key", "labels", "name",
                 "namespace", "revision")  # fmt: skip

    def __init__(self, key: str, namespace: str, name: str, json: bytes, revision: int, create_revision: int,
                 fields: Mapping[str, Callable[[Obj], str]]) -> None:  # fmt: skip
        self.key = key
        self.namespace = namespace
        self.name = name
        self.json = json
        self.revision = revision
        self.create_revision = create_revision
        obj = orjson.loads(json)
        self.labels: Mapping[str, str] = obj["metadata"].get("labels") or _NO_LABELS
        self._parsed: Obj | None = obj if fields else None
        self._getters = fields
        self._fields: dict[str, str] | None = None
        self._view: tuple[Kind, bytes] | None = None

    def object(self) -> Obj:
        """A private copy, resourceVersion included."""
        obj: Obj = orjson.loads(self.json)
        return obj

    def field(self, path: str) -> str:
        """The value a field selector compares."""
        if path == "metadata.name":
            return self.name
        if path == "metadata.namespace":
            return self.namespace
        if self._fields is None:
            self._fields = {}
        value = self._fields.get(path)
        if value is None:
            getter = self._getters.get(path)
            value = "" if getter is None else getter(self._parsed or self.object())
            self._fields[path] = value
        return value

    def settle(self) -> None:
        """What watchers wanted to know they know."""
        self._parsed = None

    def view(self, kind: Kind, convert: Convert) -> bytes:
        """The bytes in another served version; the last one asked for is kept."""
        if self._view is None or self._view[0] is not kind:
            self._view = (kind, orjson.dumps(convert(self.object())))
        return self._view[1]


class WatchFrame:
    """One event as a watcher gets it: `json` is the object, `line` the whole frame of the REST stream."""

    __slots__ = ("_line", "json", "revision", "type")

    def __init__(self, type: str, json: bytes, revision: int = 0) -> None:
        self.type = type
        self.json = json
        self.revision = revision
        self._line: bytes | None = None

    @property
    def line(self) -> bytes:
        if self._line is None:
            self._line = b'{"type":"%b","object":%b}\n' % (self.type.encode(), self.json)
        return self._line


class Batch(list[WatchFrame]):
    """Frames that go out together, shared by every watcher that gets the same ones: joined once."""

    __slots__ = ("_chunk", "size")

    def __init__(self, frames: list[WatchFrame]) -> None:
        super().__init__(frames)
        self._chunk: bytes | None = None
        self.size = sum(len(frame.json) for frame in frames)

    @property
    def chunk(self) -> bytes:
        """All lines in one piece."""
        if self._chunk is None:
            self._chunk = b"".join([frame.line for frame in self])
        return self._chunk


class Change:
    """An object before and after one write; None is absence. Its frames are made at most once each."""

    __slots__ = ("_frames", "new", "old", "revision")

    def __init__(self, old: Item | None, new: Item | None, revision: int) -> None:
        self.old = old
        self.new = new
        self.revision = revision
        self._frames: dict[tuple[str, Kind | None], WatchFrame] = {}

    def frame(
        self, was: bool, is_: bool, kind: Kind | None = None, convert: Convert | None = None
    ) -> WatchFrame | None:
        """The frame for a watcher whose selector took in the object before (`was`) and takes it in now (`is_`)."""
        if is_:
            type = "MODIFIED" if was else "ADDED"
        elif was:
            type = "DELETED"
        else:
            return None
        frame = self._frames.get((type, kind))
        if frame is None:
            frame = self._frames[type, kind] = self._encode(type, kind, convert)
        return frame

    def _encode(self, type: str, kind: Kind | None, convert: Convert | None) -> WatchFrame:
        item = self.old if type == "DELETED" else self.new
        assert item is not None
        json = item.json if kind is None or convert is None else item.view(kind, convert)
        if type == "DELETED":
            json = respliced(json, self.revision)
        return WatchFrame(type, json, self.revision)
