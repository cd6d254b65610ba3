"""What import-linter and ruff cannot say about the architecture."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOP_LEVEL = {"pyproject.toml", "README.md", "services", "proto", "deploy", "tests", "docker-compose.yml", "LICENSE"}


def pure_files() -> Iterator[Path]:
    """The modules of the contract `Pure code`."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    modules = next(contract for contract in contracts if contract["name"] == "Pure code")["source_modules"]
    for module in modules:
        path = module.replace(".", "/")
        yield from ROOT.glob(f"{path}.py")
        for folder in ROOT.glob(path):
            yield from folder.rglob("*.py")


@pytest.mark.parametrize("path", sorted(pure_files()), ids=lambda path: str(path.relative_to(ROOT)))
def test_pure_code_is_synchronous_and_opens_nothing(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        assert not isinstance(node, ast.AsyncFunctionDef), f"{path}:{node.lineno} defines an async function"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "print", "input"), f"{path}:{node.lineno} does I/O"


def test_every_declared_pure_module_exists() -> None:
    assert len(set(pure_files())) > 20


def test_nothing_else_stands_at_the_top() -> None:
    tracked = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    generated = {name for name in tracked if name.endswith(".egg-info") or name in ("build", "dist")}
    assert tracked - generated <= TOP_LEVEL


def test_no_folder_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}
    assert not [path for path in (ROOT / "services").rglob("*") if path.stem in drawers]
