from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from services.foundation import settings
from services.foundation.settings import option


@dataclass(frozen=True)
class Example:
    """An example."""

    name: str = option("its name")
    port: int = option("its port", 80)
    ratio: float = option("a ratio", 0.5)
    verbose: bool = option("says more", False)
    endpoints: tuple[str, ...] = option("several", ())
    file: Path | None = option("perhaps a file", None)


def test_the_command_line_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINNACE_NAME", "from-environment")
    monkeypatch.setenv("PINNACE_PORT", "81")
    read = settings.parse(Example, ["--name", "given", "--endpoints=a, b", "--file=/x", "--verbose=true"], prog="x")
    assert read == Example("given", 81, 0.5, True, ("a", "b"), Path("/x"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "--name"),
        (["--name=a", "--port=many"], "--port"),
        (["--name=a", "--verbose=perhaps"], "perhaps"),
        (["--name=a", "--colour=red"], "--colour"),
    ],
)
def test_wrong_settings_are_named(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        settings.parse(Example, arguments, prog="x")
    assert complaint in capsys.readouterr().err
