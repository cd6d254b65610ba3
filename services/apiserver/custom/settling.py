"""What a definition goes through: its names are accepted, it is established, and its objects go before it does.

Every apiserver process does this for every definition: each step is a write that holds only on the state it was made
for, and a step that another process took leaves nothing to write.
"""

from __future__ import annotations

import asyncio

from services.apiserver.custom.serving import CustomResources
from services.apiserver.handlers.api import Api
from services.apiserver.handlers.writing.changing import Wanted, change
from services.apiserver.handlers.writing.updating import removable
from services.apiserver.request import Caller, DeleteOptions, ListOptions, Target, WriteOptions
from services.foundation import log
from services.objects import conditions, custom
from services.objects.errors import Conflict, NotFound, StatusError
from services.objects.kinds import CUSTOMRESOURCEDEFINITION, KINDS
from services.objects.kinds.apiextensions import naming
from services.objects.kinds.apiextensions.customresourcedefinition import CLEANUP
from services.objects.kinds.kind import Kind
from services.objects.meta import Obj, is_deleting
from services.storage.store import StoreUnavailable

logger = log.get(__name__)

CALLER = Caller("system:apiserver", frozenset({"system:masters", "system:authenticated"}))
_AGAIN = 0.5  # seconds until a step that failed, or objects that stay, are looked at again


def _as_definition(kind: Kind) -> Obj:
    """A built-in kind, as far as its names matter to others."""
    names = {"plural": kind.plural, "singular": kind.singular, "shortNames": list(kind.short_names), "kind": kind.kind,
             "listKind": kind.list_kind or f"{kind.kind}List"}  # fmt: skip
    return {"metadata": {"name": ""}, "spec": {"group": kind.group}, "status": {"acceptedNames": names}}


class Settling:
    def __init__(self, api: Api, resources: CustomResources) -> None:
        self._api = api
        self._resources = resources
        self._busy: set[str] = set()

    async def run(self) -> None:
        """For a TaskGroup."""
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    await self._resources.concern.wait()
                    self._resources.concern.clear()
                    names, self._resources.concerns = list(self._resources.concerns), {}
                    for name in names:
                        if name not in self._busy:
                            self._busy.add(name)
                            tasks.create_task(self._work(name))
                        else:
                            self._again(name)
        finally:
            self._resources.withdraw()

    async def _work(self, name: str) -> None:
        """One definition's trouble is not its neighbours'."""
        try:
            if not await self._settle(name):
                self._again(name)
        except NotFound:
            logger.debug("the definition is gone", name=name)
        except (StatusError, StoreUnavailable) as error:
            level = logger.debug if isinstance(error, Conflict) else logger.warning
            level("the definition is not settled, trying again", name=name, error=str(error))
            self._again(name)
        except Exception:
            logger.exception("a definition cannot be settled", name=name)
        finally:
            self._busy.discard(name)

    def _again(self, name: str) -> None:
        def remind() -> None:
            self._resources.concerns[name] = None
            self._resources.concern.set()

        asyncio.get_running_loop().call_later(_AGAIN, remind)

    async def _settle(self, name: str) -> bool:
        """Whether there is nothing left to do for now."""
        core = self._api.core
        await core.cache.fresh()
        item = core.cache.get(CUSTOMRESOURCEDEFINITION, "", name)
        if item is None:
            return True
        crd = item.object()
        if is_deleting(crd):
            return CLEANUP not in (crd["metadata"].get("finalizers") or ()) or await self._clean_up(name, crd)
        if naming.is_settled(crd):
            return True  # as nearly all are at the start of a process
        served = self._resources.is_filled(name)

        async def transform(old: Obj, copy: Obj) -> Wanted:
            if is_deleting(old):
                return Wanted(old)
            copy["status"] = naming.status_of(old, self._others(name), core.now(), served=served)
            return Wanted(copy)

        await change(core, Target(CUSTOMRESOURCEDEFINITION, "", name, "status"), transform)
        return True

    def _others(self, name: str) -> list[Obj]:
        """Everything else that has names in the group, what is built in included."""
        items = self._api.core.cache.collection(CUSTOMRESOURCEDEFINITION).items()
        group = name.partition(".")[2]
        built_in = [_as_definition(kind) for kind in KINDS if kind.custom is None and kind.group == group]
        others = [item.object() for item in items if item.name != name and item.name.endswith(f".{group}")]
        return [*built_in, *others]

    # Deletion

    async def _clean_up(self, name: str, crd: Obj) -> bool:
        if not conditions.is_true(crd, naming.ESTABLISHED):
            await self._finish(name, "NeverEstablished", "resource was never established")
            return True
        if not self._resources.is_filled(name):
            return False
        await self._note(name, "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress")
        kind = custom.kind_of(crd, custom.storage_version(crd))
        try:
            target = Target(kind)
            left = await self._api.delete_collection(CALLER, target, DeleteOptions(), ListOptions(), WriteOptions())
            if left.items:
                left = await self._api.list(CALLER, target, ListOptions(limit=1))
        except StatusError as error:
            await self._note(name, "True", "InstanceDeletionFailed", f"could not delete all instances: {error}")
            raise
        finally:
            self._api.core.cache.forget(kind)
        if left.items:
            return False  # something holds them: their finalizers
        await self._finish(name, "InstanceDeletionCompleted", "removed all instances")
        return True

    async def _note(self, name: str, status: str, reason: str, message: str) -> None:
        core = self._api.core

        async def transform(old: Obj, copy: Obj) -> Wanted:
            copy["status"] = naming.with_condition(old, naming.TERMINATING, status, reason, message, core.now())
            return Wanted(copy)

        await change(core, Target(CUSTOMRESOURCEDEFINITION, "", name, "status"), transform)

    async def _finish(self, name: str, reason: str, message: str) -> None:
        core, target = self._api.core, Target(CUSTOMRESOURCEDEFINITION, "", name)

        async def transform(old: Obj, copy: Obj) -> Wanted:
            copy["status"] = naming.with_condition(old, naming.TERMINATING, "False", reason, message, core.now())
            left = [each for each in copy["metadata"].get("finalizers") or () if each != CLEANUP]
            copy["metadata"]["finalizers"] = left
            if not left:
                del copy["metadata"]["finalizers"]
            return Wanted(copy, removable(target, copy, old))

        await change(core, target, transform)
