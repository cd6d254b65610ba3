"""The volumes of a pod: made before its containers, kept fresh while they run, removed after them.

Everything is below `<state>/pods/<uid>/volumes/<volume>`, so removing a pod's folder removes all of it. Secrets and
tokens are on a tmpfs: they never reach a disk. ConfigMaps and Secrets that change are written again at every refresh,
as one atomic swap; a subPath, as in Kubernetes, keeps the file it began with.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.foundation import clock
from services.node_agent.engine.config import Mount
from services.node_agent.pods.downward import ConfigError, Surroundings, field_value, resource_value
from services.node_agent.pods.environment import data_of, expand, missing
from services.node_agent.references import References, Token
from services.node_agent.volumes import mounts, payload
from services.node_agent.volumes.payload import BadPath, File
from services.objects import quantity
from services.objects.errors import StatusError
from services.objects.meta import Obj, namespace_of, uid_of

TOKEN_SECONDS = 3600
REFRESH_SHARE = 0.8  # of a token's life, after which another is fetched
WRITTEN = ("configMap", "secret", "downwardAPI", "projected")
ON_TMPFS = ("secret", "projected")
PROPAGATIONS = {None: "rprivate", "None": "rprivate", "HostToContainer": "rslave", "Bidirectional": "rshared"}


class VolumeError(Exception):
    """The volume cannot be made; the message is for the pod's events."""


@dataclass(frozen=True, slots=True)
class _Default:
    mode: int
    group: int | None


class Volumes:
    """All pods of a node; `root` is <state>/pods."""

    def __init__(self, root: Path, references: References) -> None:
        self._root = root
        self._references = references
        self._tokens: dict[tuple[str, str], Token] = {}

    def folder(self, uid: str) -> Path:
        return self._root / uid

    async def prepare(self, pod: Obj, around: Surroundings) -> None:
        """Makes every volume of the spec; idempotent. Raises VolumeError, which names the volume, or OSError."""
        self.folder(uid_of(pod)).mkdir(parents=True, exist_ok=True, mode=0o750)
        for volume in pod["spec"].get("volumes") or ():
            try:
                await self._make(pod, volume, around)
            except (VolumeError, ConfigError, BadPath, StatusError) as error:
                raise VolumeError(f'MountVolume.SetUp failed for volume "{volume["name"]}" : {error}') from error

    async def refresh(self, pod: Obj, around: Surroundings) -> None:
        """Writes what has changed in the API since."""
        for volume in pod["spec"].get("volumes") or ():
            if any(volume.get(kind) is not None for kind in WRITTEN):
                await self._make(pod, volume, around)

    async def remove(self, uid: str) -> None:
        """Unmounts and deletes everything of the pod; idempotent."""
        for key in [key for key in self._tokens if key[0] == uid]:
            del self._tokens[key]
        await asyncio.to_thread(_remove, self.folder(uid))

    def orphans(self, known: set[str]) -> list[str]:
        """Pods that have a folder but are none of `known`."""
        return [path.name for path in self._root.iterdir() if path.name not in known] if self._root.is_dir() else []

    def mounts(self, pod: Obj, container: Obj, variables: dict[str, str]) -> list[Mount]:
        """What the container mounts, by host path; `variables` for subPathExpr. Raises VolumeError."""
        volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes") or ()}
        result = []
        for mount in container.get("volumeMounts") or ():
            volume = volumes.get(mount["name"])
            if volume is None:
                raise VolumeError(f'volume "{mount["name"]}" not found')
            source = self._path(pod, volume)
            within = mount.get("subPath") or expand(mount.get("subPathExpr") or "", variables)
            if within:
                source = _inside(source, within)
            read_only = bool(mount.get("readOnly")) or any(volume.get(kind) is not None for kind in WRITTEN)
            propagation = PROPAGATIONS[mount.get("mountPropagation")]
            result.append(Mount(str(source), mount["mountPath"], read_only, propagation))
        return result

    def managed_files(self, pod: Obj, container: Obj, hosts: str, resolv_conf: str) -> list[Mount]:
        """/etc/hosts and /etc/resolv.conf, unless a volume is mounted there."""
        taken = {mount["mountPath"] for mount in container.get("volumeMounts") or ()}
        folder = self.folder(uid_of(pod))
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        result = []
        for name, target, text in (("hosts", "/etc/hosts", hosts), ("resolv.conf", "/etc/resolv.conf", resolv_conf)):
            if text and target not in taken:
                path = folder / name
                if not path.is_file() or path.read_text() != text:
                    path.write_text(text)
                result.append(Mount(str(path), target))
        return result

    def message_file(self, pod: Obj, container: str, attempt: int) -> Path:
        """Where the container leaves its last words."""
        path = self.folder(uid_of(pod)) / "messages" / f"{container}-{attempt}"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        path.write_bytes(b"")
        path.chmod(0o666)
        return path

    def _path(self, pod: Obj, volume: Obj) -> Path:
        if volume.get("hostPath") is not None:
            return Path(volume["hostPath"]["path"])
        return self.folder(uid_of(pod)) / "volumes" / str(volume["name"])

    async def _make(self, pod: Obj, volume: Obj, around: Surroundings) -> None:
        path = self._path(pod, volume)
        if volume.get("hostPath") is not None:
            _check_host_path(path, volume["hostPath"].get("type") or "")
            return
        group = (pod["spec"].get("securityContext") or {}).get("fsGroup")
        if volume.get("emptyDir") is not None:
            _make_empty(path, volume["emptyDir"], group)
            return
        kind = next((kind for kind in WRITTEN if volume.get(kind) is not None), None)
        if kind is None:
            raise VolumeError(f'volume "{volume["name"]}" is of a type that this node cannot mount: '
                              f"{', '.join(sorted(set(volume) - {'name'}))}")  # fmt: skip
        source = volume[kind]
        default = _Default(0o644 if source.get("defaultMode") is None else source["defaultMode"], group)
        files = await self._files(pod, str(volume["name"]), kind, source, default, around)
        _make_written(path, kind in ON_TMPFS)
        stamp = clock.now().strftime("%Y_%m_%d_%H_%M_%S.%f")
        payload.write(path, files, stamp, group)

    async def _files(
        self, pod: Obj, volume: str, kind: str, source: Obj, default: _Default, around: Surroundings
    ) -> dict[str, File]:
        if kind == "projected":
            files: dict[str, File] = {}
            for number, part in enumerate(source.get("sources") or ()):
                for name in ("configMap", "secret", "downwardAPI"):
                    if part.get(name) is not None:
                        files |= await self._files(pod, volume, name, part[name], default, around)
                if part.get("serviceAccountToken") is not None:
                    token = await self._token(pod, f"{volume}/{number}", part["serviceAccountToken"])
                    files[part["serviceAccountToken"]["path"]] = File(token.encode(), default.mode)
            return files
        if kind == "downwardAPI":
            return {item["path"]: File(_downward(pod, item, around).encode(), _mode(item, default))
                    for item in source.get("items") or ()}  # fmt: skip
        return await self._of_object(pod, "ConfigMap" if kind == "configMap" else "Secret", source, default)

    async def _of_object(self, pod: Obj, kind: str, source: Obj, default: _Default) -> dict[str, File]:
        name = source.get("secretName") or source.get("name") or ""
        obj = await self._references.get(kind, namespace_of(pod), name)
        if obj is None:
            if source.get("optional"):
                return {}
            raise missing(kind, name)
        data = data_of(kind, obj)
        if not source.get("items"):
            return {key: File(value, default.mode) for key, value in data.items()}
        files = {}
        for item in source["items"]:
            if item["key"] in data:
                files[item["path"]] = File(data[item["key"]], _mode(item, default))
            elif not source.get("optional"):
                raise VolumeError(f"references non-existent {kind.lower()} key: {item['key']}")
        return files

    async def _token(self, pod: Obj, place: str, source: Obj) -> str:
        key = (uid_of(pod), place)
        token = self._tokens.get(key)
        if token is None or clock.now() >= _refresh_at(token):
            seconds = source.get("expirationSeconds") or TOKEN_SECONDS
            token = await self._references.token(pod, source.get("audience") or "", seconds)
            self._tokens[key] = token
        return token.text


def _refresh_at(token: Token) -> datetime:
    return token.issued + (token.expires - token.issued) * REFRESH_SHARE


def _mode(item: Obj, default: _Default) -> int:
    return default.mode if item.get("mode") is None else int(item["mode"])


def _downward(pod: Obj, item: Obj, around: Surroundings) -> str:
    if item.get("fieldRef"):
        return field_value(pod, item["fieldRef"]["fieldPath"], around)
    reference = item["resourceFieldRef"]
    everyone = [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]
    container = next((one for one in everyone if one["name"] == reference.get("containerName")), everyone[0])
    return resource_value(container, reference, around)


def _make_written(path: Path, on_tmpfs: bool) -> None:
    path.mkdir(parents=True, exist_ok=True)
    if on_tmpfs and not os.path.ismount(path):
        mounts.tmpfs(path, "size=16m,mode=0755", executable=False)


def _make_empty(path: Path, source: Obj, group: int | None) -> None:
    if path.is_dir() and (source.get("medium") != "Memory" or os.path.ismount(path)):
        return
    path.mkdir(parents=True, exist_ok=True)
    if source.get("medium") == "Memory":
        limit = f"size={quantity.value(source['sizeLimit'])}," if source.get("sizeLimit") else ""
        mounts.tmpfs(path, f"{limit}mode=0777")
    os.chmod(path, 0o777)
    if group is not None:
        os.chown(path, -1, group)
        os.chmod(path, 0o2777)


def _check_host_path(path: Path, type: str) -> None:
    """What `hostPath.type` promises, made or checked. Raises VolumeError."""
    if type == "DirectoryOrCreate" or (type == "" and not path.exists()):
        path.mkdir(parents=True, exist_ok=True, mode=0o755)
    elif type == "FileOrCreate" and not path.exists():
        path.touch(mode=0o644)
    checks = {"Directory": stat.S_ISDIR, "DirectoryOrCreate": stat.S_ISDIR, "File": stat.S_ISREG,
              "FileOrCreate": stat.S_ISREG, "Socket": stat.S_ISSOCK, "CharDevice": stat.S_ISCHR,
              "BlockDevice": stat.S_ISBLK}  # fmt: skip
    if type and not (path.exists() and checks[type](path.stat().st_mode)):
        nouns = {"Directory": "directory", "DirectoryOrCreate": "directory", "File": "file", "FileOrCreate": "file",
                 "Socket": "socket file", "CharDevice": "character device", "BlockDevice": "block device"}  # fmt: skip
        raise VolumeError(f"hostPath type check failed: {path} is not a {nouns[type]}")


def _inside(volume: Path, within: str) -> Path:
    """The subPath, made where it is missing; symbolic links in the volume must not lead out of it."""
    if within.startswith("/") or ".." in Path(within).parts:
        raise VolumeError(f"subPath {within!r} must be a relative path inside the volume")
    target = (volume / within).resolve()
    if not target.is_relative_to(volume.resolve()):
        raise VolumeError(f"subPath {within!r} leads out of the volume")
    if not target.exists():
        target.mkdir(parents=True)
        target.chmod(0o777 & (volume.stat().st_mode | 0o700))
    return target


def _remove(folder: Path) -> None:
    for path in mounts.below(folder):
        mounts.unmount(path)
    if folder.exists():
        shutil.rmtree(folder)
