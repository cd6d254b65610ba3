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
_UNESCAPED = {text: character for character, text in _ESCAPED.items()}
_identifier = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII).fullmatch
_escapable = re.compile(r"__|[./-]")
_unescapable = re.compile(r"__(?:underscores|dot|dash|slash)__")


def escape(name: str) -> str | None:
    """The identifier that stands for a property, None when there is none."""
    if name in RESERVED:
        return f"__{name}__"
    escaped = _escapable.sub(lambda found: _ESCAPED[found[0]], name)
    return escaped if _identifier(escaped) else None


def unescape(identifier: str) -> str:
    """The property that an identifier stands for; what is no escape stays as it is."""
    if identifier.startswith("__") and identifier.endswith("__") and identifier[2:-2] in RESERVED:
        return identifier[2:-2]
    return _unescapable.sub(lambda found: _UNESCAPED[found[0]], identifier)
