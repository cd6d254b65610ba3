"""kubeconfig files: one of our own, and a context merged into the user's without touching what else is there."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import yaml

from services.foundation.tls import Identity

CONTEXT = "pinnace"


def text(server: str, identity: Identity) -> str:
    """A kubeconfig with the one context; `server` is a URL like https://127.0.0.1:6443."""
    return yaml.safe_dump(_with_context({}, server, identity), sort_keys=False)


def write(path: Path, server: str, identity: Identity) -> None:
    _save(path, text(server, identity))


def merge(path: Path, server: str, identity: Identity) -> None:
    """Adds or replaces the context `pinnace` and makes it current; raises ValueError when the file is no kubeconfig."""
    config: Any = {}
    if path.exists():
        try:
            config = yaml.safe_load(path.read_text()) or {}
        except yaml.YAMLError as error:
            raise ValueError(f"{path} is not YAML: {error}") from error
    if not isinstance(config, dict):
        raise ValueError(f"{path} is not a kubeconfig")
    _save(path, yaml.safe_dump(_with_context(config, server, identity), sort_keys=False))


def remove(path: Path) -> None:
    """Takes the context `pinnace` out again; other contexts stay."""
    if not path.exists():
        return
    config = yaml.safe_load(path.read_text()) or {}
    for section in ("clusters", "users", "contexts"):
        config[section] = [entry for entry in config.get(section) or [] if entry.get("name") != CONTEXT]
    if config.get("current-context") == CONTEXT:
        config["current-context"] = config["contexts"][0]["name"] if config["contexts"] else ""
    _save(path, yaml.safe_dump(config, sort_keys=False))


def _with_context(config: dict[str, Any], server: str, identity: Identity) -> dict[str, Any]:
    def encoded(file: Path) -> str:
        return base64.b64encode(file.read_bytes()).decode()

    ours = {
        "clusters": {"cluster": {"server": server, "certificate-authority-data": encoded(identity.ca)}},
        "users": {
            "user": {"client-certificate-data": encoded(identity.certificate), "client-key-data": encoded(identity.key)}
        },
        "contexts": {"context": {"cluster": CONTEXT, "user": CONTEXT}},
    }
    merged = {"apiVersion": "v1", "kind": "Config", **config, "current-context": CONTEXT}
    for section, entry in ours.items():
        others = [other for other in config.get(section) or [] if other.get("name") != CONTEXT]
        merged[section] = [*others, {"name": CONTEXT, **entry}]
    return merged


def _save(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    temporary.replace(path)
