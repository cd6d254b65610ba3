r"""JSONPath as Kubernetes has it (k8s.io/client-go/util/jsonpath), for printer columns.

Libraries were looked at (jsonpath-ng, python-jsonpath) and left: they follow RFC 9535 or Goessner's article, while
columns in the wild rely on this dialect: `\.` inside of names (`.metadata.labels.app\.kubernetes\.io/name`), unions
of quoted names, filters that compare with a missing field without an error. Paths are compiled once; what is missing
gives nothing, never an error.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Find = Callable[[Any], list[Any]]
_Step = Callable[[Any], Iterable[Any]]

_NAME = re.compile(r"(?:[^.\[\]\s{}()\\'\"=!<>,?@*]|\\.)+", re.DOTALL)
_SLICE = re.compile(r"\s*(-?\d{1,9})?\s*(:)?\s*(-?\d{1,9})?\s*(:)?\s*(-?\d{1,9})?\s*")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,18})?")
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip


class JsonPathError(ValueError):
    """The text is no path."""


def compile(text: str) -> Find:
    """All values at a path; raises JsonPathError."""
    parser = _Parser(text)
    find = parser.path()
    if parser.place < len(text):
        raise JsonPathError(f"unexpected {text[parser.place]!r} at {parser.place}")
    return find


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def path(self) -> Find:
        steps: list[_Step] = []
        if self.text.startswith("$", self.place):
            self.place += 1
        while self.place < len(self.text):
            if self._takes(".."):
                steps.append(_descend)
                if self._ahead("["):
                    continue
                steps.append(self._named())
            elif self._takes("."):
                if self.place == len(self.text) or self._ahead("["):
                    continue  # a lone dot is the value itself
                steps.append(self._named())
            elif self._takes("["):
                steps.append(self._bracket())
            else:
                break
        return lambda value: _walk(value, steps)

    def _named(self) -> _Step:
        if self._takes("*"):
            return _every
        match = _NAME.match(self.text, self.place)
        if match is None:
            raise JsonPathError(f"a name is expected at {self.place}")
        self.place = match.end()
        return _field(re.sub(r"\\(.)", r"\1", match[0], flags=re.DOTALL))

    def _bracket(self) -> _Step:
        if self._takes("?("):
            step = self._filter()
            self._needs(")")
            self._needs("]")
            return step
        choices = [self._choice()]
        while self._takes(","):
            choices.append(self._choice())
        self._needs("]")
        if len(choices) == 1:
            return choices[0]
        return lambda value: (found for choice in choices for found in choice(value))

    def _choice(self) -> _Step:
        self._spaces()
        if self._takes("*"):
            return _every
        quoted = _QUOTED.match(self.text, self.place)
        if quoted is not None:
            self.place = quoted.end()
            self._spaces()
            return _field(re.sub(r"\\(.)", r"\1", quoted[1] or quoted[2] or "", flags=re.DOTALL))
        match = _SLICE.match(self.text, self.place)
        if match is None or not match[0].strip():
            raise JsonPathError(f"an index is expected at {self.place}")
        self.place = match.end()
        start, stop, step = (None if each is None else int(each) for each in (match[1], match[3], match[5]))
        if match[2] is None:
            return _index(start or 0)
        if step == 0 or (step or 1) < 0:
            raise JsonPathError("step must be > 0")
        return _slice(start, stop, step)

    def _filter(self) -> _Step:
        left = self._operand()
        self._spaces()
        match = _OPERATOR.match(self.text, self.place)
        if match is None:
            return lambda value: (item for item in _every(value) if left(item))
        self.place = match.end()
        compare, right = _OPERATORS[match[0]], self._operand()
        self._spaces()
        return lambda value: (item for item in _every(value) if _holds(compare, left(item), right(item)))

    def _operand(self) -> Find:
        self._spaces()
        if self._takes("@"):
            return self.path()
        quoted = _QUOTED.match(self.text, self.place)
        if quoted is not None:
            self.place = quoted.end()
            return _constant(re.sub(r"\\(.)", r"\1", quoted[1] or quoted[2] or "", flags=re.DOTALL))
        number = _NUMBER.match(self.text, self.place)
        if number is not None:
            self.place = number.end()
            return _constant(float(number[0]) if number[1] else int(number[0]))
        for word, constant in (("true", True), ("false", False)):
            if self._takes(word):
                return _constant(constant)
        raise JsonPathError(f"a value is expected at {self.place}")

    def _spaces(self) -> None:
        while self._ahead(" "):
            self.place += 1

    def _ahead(self, text: str) -> bool:
        return self.text.startswith(text, self.place)

    def _takes(self, text: str) -> bool:
        if not self._ahead(text):
            return False
        self.place += len(text)
        return True

    def _needs(self, text: str) -> None:
        self._spaces()
        if not self._takes(text):
            raise JsonPathError(f"{text!r} is expected at {self.place}")


def _walk(value: Any, steps: list[_Step]) -> list[Any]:
    found = [value]
    for step in steps:
        found = [each for item in found for each in step(item)]
        if not found:
            break
    return found


def _constant(value: Any) -> Find:
    return lambda item: [value]


def _field(name: str) -> _Step:
    return lambda value: (value[name],) if value.__class__ is dict and name in value else ()


def _every(value: Any) -> Iterable[Any]:
    return value.values() if value.__class__ is dict else value if value.__class__ is list else ()


def _index(place: int) -> _Step:
    def step(value: Any) -> Iterable[Any]:
        return (value[place],) if value.__class__ is list and -len(value) <= place < len(value) else ()

    return step


def _slice(start: int | None, stop: int | None, step: int | None) -> _Step:
    return lambda value: value[start:stop:step] if value.__class__ is list else ()


def _descend(value: Any) -> Iterator[Any]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        yield item
        waiting += reversed([*_every(item)])


def _holds(compare: Callable[[Any, Any], bool], left: list[Any], right: list[Any]) -> bool:
    if not left or not right:
        return False
    one, other = left[0], right[0]
    comparable = one.__class__ is other.__class__ or {one.__class__, other.__class__} == {int, float}
    return comparable and one.__class__ in (str, int, float, bool) and bool(compare(one, other))
