"""Makes an image from files that are here already, so that no registry is needed: the pause image, the demo image.

The image is loaded, not imported: `docker import` takes only some of the config and gives another id each time, while a
loaded image made of the same files is the same image everywhere.
"""

from __future__ import annotations

import hashlib
import io
import platform
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiodocker
import orjson

from services.foundation import log

logger = log.get(__name__)

PAUSE = "pinnace/pause:1"
CREATED = "2020-01-01T00:00:00Z"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}

# Process 1 of a pod's sandbox: it must reap what is re-parented to it when pods share its process namespace, and end at
# once on SIGTERM. ash waits for any child while it waits for the sleep, and a trap interrupts the wait.
PAUSE_SCRIPT = b"""#!/bin/busybox sh
trap 'exit 0' TERM INT
while :; do
  /bin/busybox sleep 2147483647 &
  wait $!
done
"""


class BusyboxMissing(Exception):
    """No static busybox to make the pause image of."""


class Link(str):
    """The target of a symbolic link, in the place of a file's content."""


Content = bytes | Path | Link


def busybox_files(busybox: Path) -> dict[str, Content]:
    """/bin with every command that this busybox has: enough to `kubectl exec` a shell and `kubectl cp`."""
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    return {"bin/busybox": busybox, **{f"bin/{name}": Link("busybox") for name in applets if name != "busybox"}}


async def import_image(
    docker: aiodocker.Docker, tag: str, files: Mapping[str, Content], config: Mapping[str, Any]
) -> str:
    """Loads a one-layer image and returns its id. `files` are by path in the image; `config` is as in `docker inspect`
    (Entrypoint, Cmd, Env, ...). Scripts and programs become executable. Raises DockerError."""
    layer = _layer(files)
    content = {
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()), "os": "linux", "created": CREATED,
        "config": dict(config),
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
        "history": [{"created": CREATED, "created_by": "pinnace"}],
    }  # fmt: skip
    described = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(described).hexdigest()
    manifest = orjson.dumps([{"Config": f"{digest}.json", "RepoTags": [tag], "Layers": ["layer.tar"]}])
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, data in ((f"{digest}.json", described), ("layer.tar", layer), ("manifest.json", manifest)):
            _add(tar, name, data, 0o644)
    archive.seek(0)
    async with docker._query(
        "images/load", "POST", data=archive, headers={"Content-Type": "application/x-tar"}
    ) as response:
        answer = await response.text()
    if '"error"' in answer:
        raise aiodocker.DockerError(500, f"cannot load image {tag}: {answer.strip()}")
    return f"sha256:{digest}"


def _layer(files: Mapping[str, Content]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        folders = {str(parent) for path in files for parent in Path(path.lstrip("/")).parents if str(parent) != "."}
        for folder in sorted(folders | {"tmp"}):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            tar.addfile(info)
        for path, source in sorted(files.items()):
            if isinstance(source, Link):
                info = tarfile.TarInfo(path.lstrip("/"))
                info.type, info.linkname = tarfile.SYMTYPE, source
                tar.addfile(info)
                continue
            data = source.read_bytes() if isinstance(source, Path) else source
            _add(tar, path.lstrip("/"), data, 0o755 if data.startswith((b"#!", b"\x7fELF")) else 0o644)
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, name: str, data: bytes, mode: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), mode
    tar.addfile(info, io.BytesIO(data))


async def ensure_pause(docker: aiodocker.Docker, busybox: Path = Path("/bin/busybox")) -> str:
    """The id of the pause image, made from the host's static busybox when it is missing."""
    try:
        return str((await docker.images.inspect(PAUSE))["Id"])
    except aiodocker.DockerError as error:
        if error.status != 404:
            raise
    if not busybox.exists():  # noqa: ASYNC240 - once, at start
        raise BusyboxMissing(f"{busybox} is missing: install it with `apt-get install busybox-static`")
    logger.info("making the pause image", image=PAUSE)
    files: dict[str, Content] = {"bin/busybox": busybox, "pause": PAUSE_SCRIPT}
    return await import_image(docker, PAUSE, files, {"Entrypoint": ["/pause"]})
