"""Settings of the scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Any

from services.client.settings import LeaderSettings
from services.foundation.settings import option
from services.objects.wire import yaml
from services.scheduler.configuration import STANDARD, Configuration, ConfigurationError, read


@dataclass(frozen=True, kw_only=True)
class Settings(LeaderSettings):
    """The scheduler of a Pinnace cluster: it finds a node for every pod."""

    health_port: int = option("port of /healthz, /readyz and /metrics", 10259)
    explain_address: str = option("host:port at which `pinnace explain` is answered; nowhere unless given", "")
    config: Path | None = option("a KubeSchedulerConfiguration (YAML); Kubernetes' default profile unless given", None)

    def configuration(self) -> Configuration:
        """Raises ConfigurationError, and OSError when the file cannot be read."""
        if self.config is None:
            return STANDARD
        document = yaml.load(self.config.read_bytes())
        if document.duplicates:
            raise ConfigurationError(f"strict decoding error: {', '.join(document.duplicates)}")
        return read(document.value, _plugin)


def _plugin(file: str, name: str) -> type[Any]:
    """The class of that name in a Python file."""
    spec = util.spec_from_file_location(f"pinnace_plugin_{Path(file).stem}", file)
    if spec is None or spec.loader is None:
        raise OSError(f"{file} is not a Python file")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    cls: type[Any] = getattr(module, name)
    return cls
