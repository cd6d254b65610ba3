"""GET and LIST: bytes out of the watch cache, as new as the reader asks.

Without a resourceVersion a read is exact: the cache waits until it is as new as etcd is now. Pages after the first come
from etcd at the revision of the first.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable
from typing import NamedTuple

import orjson

from services.apiserver.handlers.core import Core, from_entry, not_found, served
from services.apiserver.request import ListOptions, Target
from services.apiserver.watching.item import Item
from services.apiserver.watching.selection import Selection, selection_of
from services.apiserver.watching.stream import AHEAD, parse_version, too_large
from services.objects.errors import BadRequest, Cause, Expired, Invalid
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj
from services.storage import codec, keys
from services.storage.store import Compacted, Entry

# Objects matched before others get their turn, and of kinds whose objects are kept in another form, converted.
SLICE, CONVERTED = 2000, 100


class Listing(NamedTuple):
    """`remaining` is 0 when nothing follows or when selectors leave it unknown."""

    resource_version: int
    continue_: str
    remaining: int
    items: list[bytes]


class ExpiredPage(Expired):
    """410 for a page whose revision is compacted, with a token for going on inconsistently."""

    def __init__(self, continue_: str) -> None:
        super().__init__(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list "
            "without the continue parameter, or use the continue token in this response to retrieve the remainder of "
            "the results. Continuing with the provided token results in an inconsistent list - objects that were "
            "created, modified, or deleted between the time the first chunk was returned and now may show up in the "
            "list."
        )
        self.continue_ = continue_

    def status(self) -> Obj:
        return {**super().status(), "metadata": {"continue": self.continue_}}


async def get(core: Core, target: Target, resource_version: str = "") -> bytes:
    await _as_new_as(core, resource_version, parse_version(resource_version))
    item = core.cache.get(target.kind, target.namespace, target.name)
    if item is None:
        raise not_found(target)
    return served(target.kind, item)


async def list_(core: Core, target: Target, options: ListOptions) -> Listing:
    version = _check(target, options)
    selection = selection_of(target, options.label_selector, options.field_selector)
    selection.matcher()  # what cannot be selected by is refused before anything is waited for
    if options.continue_:
        return await _next_page(core, selection, options)
    if options.match == "Exact":
        return await _at_revision(core, selection, version, "", options)
    await _as_new_as(core, options.resource_version, version)
    # The snapshot and its resourceVersion belong together: nothing is awaited between.
    items, version = core.cache.collection(target.kind).candidates(selection), core.cache.resource_version
    if selection.selective:
        items = await _matching(items, selection)
    return await _first_page(version, selection, items, options)


def _slice(kind: Kind) -> int:
    return SLICE if kind.stored_as is None else CONVERTED


async def _matching(items: list[Item], selection: Selection) -> list[Item]:
    """In slices: ten thousand objects take longer to match than others should wait."""
    matches, size = selection.matcher(), _slice(selection.kind)
    found: list[Item] = []
    for start in range(0, len(items), size):
        if start:
            await asyncio.sleep(0)
        found += [item for item in items[start : start + size] if matches(item)]
    return found


async def _served(kind: Kind, items: list[Item]) -> list[bytes]:
    """In slices as well where they are to be converted."""
    if kind.stored_as is None:
        return [item.json for item in items]
    found: list[bytes] = []
    for start in range(0, len(items), CONVERTED):
        if start:
            await asyncio.sleep(0)
        found += [served(kind, item) for item in items[start : start + CONVERTED]]
    return found


async def _as_new_as(core: Core, asked: str, version: int) -> None:
    """"" is the most recent state, "0" any that this process has, a number at least that."""
    if version:
        await _at_least(core, version)
    elif asked == "" or not core.cache.revision:
        await core.cache.fresh()


async def _at_least(core: Core, version: int) -> None:
    if not await core.cache.reached(version >> 8, AHEAD):
        raise too_large(version, core.cache.resource_version)


async def _first_page(version: int, selection: Selection, items: list[Item], options: ListOptions) -> Listing:
    kind, limit = selection.kind, options.limit
    if not limit or len(items) <= limit:
        return Listing(version, "", 0, await _served(kind, items))
    page = items[:limit]
    token = _token(version, page[-1].key, kind)
    remaining = 0 if selection.selective else len(items) - limit
    return Listing(version, token, remaining, await _served(kind, page))


def _check(target: Target, options: ListOptions) -> int:
    version = parse_version(options.resource_version) if not options.continue_ else 0
    if options.match:
        match = "resourceVersionMatch"
        if options.match not in ("Exact", "NotOlderThan"):
            why = f'Unsupported value: "{options.match}": supported values: "Exact", "NotOlderThan"'
            raise _refused(match, "FieldValueNotSupported", why)
        for wrong, why in (
            (bool(options.continue_), f"{match} is forbidden when continue is provided"),
            (not options.resource_version, f"{match} is forbidden unless resourceVersion is provided"),
            (options.match == "Exact" and options.resource_version == "0",
             f'{match} "exact" is forbidden for resourceVersion "0"'),
        ):  # fmt: skip
            if wrong:
                raise _refused(match, "FieldValueForbidden", f"Forbidden: {why}")
    if options.continue_ and options.resource_version not in ("", "0"):
        raise BadRequest("specifying resource version is not allowed when using continue")
    if options.limit < 0:
        raise _refused(
            "limit", "FieldValueInvalid", f"Invalid value: {options.limit}: must be greater than or equal to 0"
        )
    return version


def _refused(field: str, reason: str, message: str) -> Invalid:
    return Invalid("meta.k8s.io", "ListOptions", "", [Cause(reason, message, field)])


# Pages from etcd


def _token(version: int, last_key: str, kind: Kind) -> str:
    start = last_key[len(keys.prefix(kind)) :]
    token = orjson.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": start + "\0"})
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def _parse_token(text: str) -> tuple[int, str]:
    """(resourceVersion or -1, the part of the key behind the prefix)."""
    try:
        token = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        version, start = token["rv"], token["start"]
        if token["v"] != "meta.k8s.io/v1" or not isinstance(version, int) or not isinstance(start, str):
            raise ValueError
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise BadRequest("continue key is not valid: incorrect encoded start key (version meta.k8s.io/v1)") from None
    if not start.endswith("\0") or "/../" in f"/{start}":
        raise BadRequest("continue key is not valid: incorrect encoded start key (version meta.k8s.io/v1)")
    return version, start[:-1]


async def _next_page(core: Core, selection: Selection, options: ListOptions) -> Listing:
    version, start = _parse_token(options.continue_)
    after = keys.prefix(selection.kind) + start
    if version < 0:
        version = codec.listed(await core.reader.revision())
    try:
        return await _at_revision(core, selection, version, after, options)
    except Compacted:
        raise ExpiredPage(_token(-1, after, selection.kind)) from None


async def _at_revision(core: Core, selection: Selection, version: int, after: str, options: ListOptions) -> Listing:
    """From etcd. Raises Compacted for a continued list, Expired for an exact one."""
    kind = selection.kind
    prefix = keys.prefix(kind, selection.namespace if kind.namespaced else "")
    revision = codec.decode(version)[0]
    if revision > core.cache.revision:
        await _at_least(core, version)
    matches, size = selection.matcher(), _slice(kind)
    found: list[bytes] = []
    wanted, last, remaining = options.limit, "", 0
    while True:
        try:
            page = await core.reader.range(prefix, after=after, limit=wanted or 0, revision=revision)
        except Compacted as error:
            if options.match == "Exact":
                raise Expired(f"The resourceVersion for the provided list is too old: {version} is older than "
                              f"{codec.listed(error.revision)}") from None  # fmt: skip
            raise
        for place, entry in enumerate(page.entries):
            if place and place % size == 0:
                await asyncio.sleep(0)
            after = entry.key
            if _selected(kind, entry, selection, matches):
                found.append(from_entry(kind, entry.value, entry.resource_version).json)
                if wanted and len(found) == wanted:
                    last, remaining = entry.key, page.remaining + len(page.entries) - place - 1
                    break
        if last or not page.remaining or not page.entries:
            break
    if not remaining:
        return Listing(version, "", 0, found)
    return Listing(version, _token(version, last, kind), 0 if selection.selective else remaining, found)


def _selected(kind: Kind, entry: Entry, selection: Selection, matches: Callable[[Item], bool]) -> bool:
    if not selection.selective and not selection.name:
        return True
    stored = kind.storage
    rest = entry.key[len(keys.prefix(kind)) :]
    namespace, _, name = rest.rpartition("/")
    json = from_entry(stored, entry.value, entry.resource_version).json
    item = Item(entry.key, namespace, name, json, entry.resource_version, entry.create_revision, stored.fields)
    return matches(item)
