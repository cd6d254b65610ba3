"""Names of properties as identifiers: `if` is `__if__`, `x-y` is `x__dash__y`, `a__b` is `a__underscores__b`.

Kubernetes' escaping, which users write in rules; a property that no escape makes an identifier cannot be named at all.
"""

from __future__ import annotations

import re

RESERVED = frozenset({
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
    "loop", "package", "namespace", "return", "var", "void", "while",
})  # fmt: skip

_ESCAPED = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}
_identifier = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII).fullmatch
_escapable = re.compile(r"__|[./-]")


def escape(name: str) -> str | None:
    """The identifier that stands for a property, None when there is none."""
    if name in RESERVED:
        return f"__{name}__"
    escaped = _escapable.sub(lambda found: _ESCAPED[found[0]], name)
    return escaped if _identifier(escaped) else None
