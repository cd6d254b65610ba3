"""What can go wrong with an expression: when it is written (CompileError), and when it runs (EvaluationError).

Texts are those of cel-go and of Kubernetes' use of it, since users read them in the causes of a refused object.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

COST_EXCEEDED = "operation cancelled: actual cost limit exceeded"
_MOST = 100  # complaints
_LONGEST = 1000  # characters of a line that is shown


class Issue(NamedTuple):
    """One complaint about an expression; line and column count from 1, a column of 0 stands for the whole text."""

    line: int
    column: int
    message: str


class CompileError(ValueError):
    """The expression cannot be used; `str()` is `compilation failed: ERROR: <input>:1:6: …` with the line and a caret.

    `issues` are the complaints in order of their place, none when only the type of the whole is not the wanted one
    (`must evaluate to bool`). `text` is the message without `compilation failed: `.
    """

    def __init__(self, source: str, issues: Sequence[Issue], plain: str = "") -> None:
        self.source = source
        self.issues = tuple(issues[:_MOST])
        lines = source.split("\n")
        shown = [_shown(issue, lines) for issue in self.issues]
        if len(issues) > _MOST:
            shown.append(f"{len(issues) - _MOST} more errors were truncated")
        self.text = plain or "\n".join(shown)
        super().__init__(plain or f"compilation failed: {self.text}")

    @classmethod
    def plain(cls, source: str, message: str) -> CompileError:
        """Not about any place in the text."""
        return cls(source, [], message)


class EvaluationError(ValueError):
    """The expression came to no value: `no such key: x`, `division by zero`, `no such overload`, …

    `cost` is what was spent until then.
    """

    cost = 0


class BudgetExceeded(EvaluationError):
    """Evaluation was stopped because it cost more than its budget."""

    def __init__(self) -> None:
        super().__init__(COST_EXCEEDED)


def _shown(issue: Issue, lines: Sequence[str]) -> str:
    header = f"ERROR: <input>:{issue.line}:{issue.column}: {issue.message}"
    if not 1 <= issue.line <= len(lines) or issue.column < 1:
        return header
    line = lines[issue.line - 1].replace("\t", " ")
    if len(line) > _LONGEST:
        return header
    before = "".join("．" if _is_wide(character) else "." for character in line[:issue.column - 1])
    caret = "＾" if issue.column <= len(line) and _is_wide(line[issue.column - 1]) else "^"
    return f"{header}\n | {line}\n | {before}{caret}"


def _is_wide(character: str) -> bool:
    return ord(character) > 127
