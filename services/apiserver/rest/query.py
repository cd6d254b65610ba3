"""Options out of the query: what cannot be understood is refused, never ignored."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from services.apiserver.handlers.writing.deleting import check_options, delete_options
from services.apiserver.handlers.writing.patching import force_forbidden
from services.apiserver.request import DeleteOptions, ListOptions, WatchOptions, WriteOptions
from services.objects.apply import name_causes
from services.objects.errors import BadRequest, Cause, Invalid
from services.objects.meta import Obj
from services.objects.patching.media import APPLY

Query = Mapping[str, str]
_NONE: Query = {}


def parse(text: str) -> Query:
    """The first value of each parameter, as Kubernetes takes it."""
    if not text:
        return _NONE
    found: dict[str, str] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        found.setdefault(key, value)
    return found


def _flag(query: Query, name: str) -> bool | None:
    text = query.get(name)
    if text is None:
        return None
    # "" is true: a parameter that is only named is set.
    return text.lower() not in ("false", "0")


def _number(query: Query, name: str) -> int | None:
    text = query.get(name)
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise BadRequest(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def list_options(query: Query) -> ListOptions:
    if not query:
        return ListOptions()
    return ListOptions(
        query.get("labelSelector", ""), query.get("fieldSelector", ""), _number(query, "limit") or 0,
        query.get("continue", ""), query.get("resourceVersion", ""), query.get("resourceVersionMatch", ""),
    )  # fmt: skip


def is_watch(query: Query) -> bool:
    return bool(query) and bool(_flag(query, "watch"))


def watch_options(query: Query) -> WatchOptions:
    timeout = _number(query, "timeoutSeconds")
    return WatchOptions(
        query.get("labelSelector", ""), query.get("fieldSelector", ""), query.get("resourceVersion", ""),
        query.get("resourceVersionMatch", ""), bool(_flag(query, "allowWatchBookmarks")),
        _flag(query, "sendInitialEvents"), float(timeout) if timeout is not None else None,
    )  # fmt: skip


def write_options(query: Query, kind: str, agent: str = "") -> WriteOptions:
    """`kind` names the options in refusals: CreateOptions, UpdateOptions, PatchOptions, DeleteOptions; `agent` is the
    User-Agent."""
    if not query:
        return WriteOptions(agent=agent)
    dry_run, validation = query.get("dryRun", ""), query.get("fieldValidation") or "Warn"
    if dry_run not in ("", "All"):
        raise _unsupported(kind, "dryRun", f'["{dry_run}"]', ("All",))
    if validation not in ("Ignore", "Warn", "Strict"):
        raise _unsupported(kind, "fieldValidation", f'"{validation}"', ("Ignore", "Strict", "Warn"))
    manager = query.get("fieldManager", "")
    causes = name_causes(manager, "fieldManager") if manager else []
    if causes:
        raise Invalid("meta.k8s.io", kind, "", causes)
    return WriteOptions(dry_run == "All", manager, validation, agent=agent)


def force(query: Query, patch_type: str) -> bool:
    """Raises Invalid where anything is said of force, even no, and the patch is no apply."""
    wanted = _flag(query, "force")
    if wanted is not None and patch_type != APPLY:
        raise force_forbidden()
    return bool(wanted)


def _unsupported(kind: str, field: str, shown: str, supported: tuple[str, ...]) -> Invalid:
    options = ", ".join(f'"{value}"' for value in supported)
    cause = Cause("FieldValueNotSupported", f"Unsupported value: {shown}: supported values: {options}", field)
    return Invalid("meta.k8s.io", kind, "", [cause])


def deletion(query: Query, body: Obj | None) -> tuple[DeleteOptions, WriteOptions]:
    """A body, where there is one, replaces what the query says."""
    if body:
        if not isinstance(body, dict):
            raise BadRequest("the object provided is not a DeleteOptions")
        options, dry_run = delete_options(body), body.get("dryRun") or []
        if dry_run not in ([], ["All"]):
            raise _unsupported("DeleteOptions", "dryRun", str(dry_run), ("All",))
        write = WriteOptions(dry_run=dry_run == ["All"] or query.get("dryRun") == "All")
    else:
        write = write_options(query, "DeleteOptions")
        orphan = _flag(query, "orphanDependents")
        options = DeleteOptions(_number(query, "gracePeriodSeconds"), query.get("propagationPolicy", ""),
                                orphan_dependents=orphan)  # fmt: skip
    check_options(options)
    return options, write
