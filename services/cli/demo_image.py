"""The image `pinnace/demo`: an HTTP echo, so that a first Deployment needs no registry.

It is Debian's static busybox and one shell script: whatever the path, it answers with the request, the pod's name and
its address, on the port in $PORT (8080).
"""

from __future__ import annotations

import shutil
from pathlib import Path

import aiodocker

from services.cli.preflight import Refused
from services.node_agent.engine.local_image import busybox_files, import_image

TAG = "pinnace/demo:latest"

SERVE = b"""#!/bin/busybox sh
trap 'exit 0' TERM INT
busybox nc -ll -p "${PORT:-8080}" -e /bin/echo-request &
echo "listening on ${PORT:-8080}"
wait
"""

ECHO_REQUEST = b"""#!/bin/busybox sh
read -r method path version
while read -r line; do
  line=$(printf %s "$line" | tr -d '\\r')
  [ -z "$line" ] && break
  headers="$headers$line
"
done
echo "$method $path" >/proc/1/fd/1
body="hostname: $(hostname)
address: $(hostname -i 2>/dev/null)
request: $method $path
$headers"
printf 'HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nConnection: close\\r\\n'
printf 'Content-Length: %s\\r\\n\\r\\n%s' "${#body}" "$body"
"""


async def ensure(docker_url: str) -> None:
    """Builds the image where it is missing; raises Refused when there is no static busybox to make it of."""
    docker = aiodocker.Docker(url=docker_url)
    try:
        try:
            await docker.images.inspect(TAG)
            return
        except aiodocker.DockerError as error:
            if error.status != 404:
                raise
        busybox = shutil.which("busybox")
        if busybox is None:
            raise Refused("busybox is not installed: install it with `apt-get install busybox-static`")
        files = {**busybox_files(Path(busybox)), "bin/serve": SERVE, "bin/echo-request": ECHO_REQUEST}
        await import_image(
            docker, TAG, files, {"Entrypoint": ["/bin/serve"], "ExposedPorts": {"8080/tcp": {}}, "Env": ["PATH=/bin"]}
        )
    finally:
        await docker.close()
