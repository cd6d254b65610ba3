"""Makes the gRPC stubs from proto/ while the package is built or installed (hatchling's custom build hook).

Generated code is never committed: it would drift from proto/ and from the protobuf runtime. protoc sees proto/ under
the virtual path services/rpc, so the generated imports are import paths of this package and need no rewriting.
"""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class StubsBuildHook(BuildHookInterface[Any]):
    """Runs before a wheel or an editable install is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        make_stubs(Path(self.root))


def make_stubs(root: Path) -> None:
    """Writes `*_pb2.py`, `*_pb2.pyi` and `*_pb2_grpc.py` below services/rpc; raises RuntimeError if protoc refuses."""
    from grpc_tools import protoc

    proto = root / "proto"
    sources = sorted(f"services/rpc/{path.relative_to(proto)}" for path in proto.rglob("*.proto"))
    well_known = str(resources.files("grpc_tools") / "_proto")
    out = str(root)
    arguments = [
        "protoc",
        f"-Iservices/rpc={proto}",
        f"-I{well_known}",
        f"--python_out={out}",
        f"--pyi_out={out}",
        f"--grpc_python_out={out}",
        *sources,
    ]
    if protoc.main(arguments) != 0:
        raise RuntimeError("protoc could not make the gRPC stubs from proto/")


if __name__ == "__main__":
    make_stubs(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
