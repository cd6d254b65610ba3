"""From text to tree.

The parsers on PyPI were tried and are unfit (the package docstring has the numbers), so this is our own: operators by
precedence with an explicit stack, two Python frames for each level of brackets, and a bound on levels, so that no
expression can exhaust the interpreter. Complaints are worded as those of cel-go's generated parser.
"""

from __future__ import annotations

from collections.abc import Collection

from services.objects.cel.errors import CompileError, Issue
from services.objects.cel.escaping import RESERVED
from services.objects.cel.parsing import lexer, macros, syntax
from services.objects.cel.parsing.chains import Chain, balanced
from services.objects.cel.parsing.lexer import END, Token
from services.objects.cel.parsing.syntax import (
    Call,
    Entry,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Message,
    Node,
    Select,
    qualified,
)
from services.objects.cel.running.values import INT_MAX, UINT_MAX, UInt

LONGEST = 100_000  # characters
DEEPEST = 250

_OPERANDS = ("'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES,"
             " IDENTIFIER")  # fmt: skip
_OPERAND = f"{{{_OPERANDS}}}"
_ARGUMENT = "{" + _OPERANDS.replace("'(',", "'(', ')',") + "}"

# How tightly each binds, loosest first.
_BINARY = {
    "||": (1, syntax.OR), "&&": (2, syntax.AND),
    "<": (3, syntax.LESS), "<=": (3, syntax.LESS_EQUAL), ">": (3, syntax.GREATER), ">=": (3, syntax.GREATER_EQUAL),
    "==": (3, syntax.EQUAL), "!=": (3, syntax.NOT_EQUAL), "in": (3, syntax.IN),
    "+": (4, syntax.ADD), "-": (4, syntax.SUBTRACT),
    "*": (5, syntax.MULTIPLY), "/": (5, syntax.DIVIDE), "%": (5, syntax.MODULO),
}  # fmt: skip
_TOO_DEEP = f"expression recursion limit exceeded: {DEEPEST}"


class _Stop(Exception):
    """Nothing sensible follows; the complaints are collected."""


def issue(source: str, at: int, message: str) -> Issue:
    """With the line and column of an offset."""
    line = source.count("\n", 0, at) + 1
    return Issue(line, at - source.rfind("\n", 0, at), message)


def ordered(source: str, complaints: Collection[tuple[int, str]]) -> CompileError:
    return CompileError(source, [issue(source, at, message) for at, message in sorted(complaints, key=lambda c: c[0])])


def parse(source: str, libraries: Collection[str]) -> Node:
    """Raises CompileError."""
    if len(source) > LONGEST:
        size = f"expression code point size exceeds limit: size: {len(source)}, limit {LONGEST}"
        raise CompileError(source, [Issue(-1, 0, size)])
    words, wrong = lexer.tokens(source)
    parser = _Parser(words, wrong, libraries)
    root: Node | None = None
    try:
        root = parser.whole()
    except _Stop:
        pass
    except RecursionError:
        wrong.append((0, _TOO_DEEP))
    if wrong or root is None:
        raise ordered(source, wrong)
    if root.depth > DEEPEST:
        raise CompileError(source, [Issue(-1, 0, _TOO_DEEP)])
    return root


class _Parser:
    def __init__(self, words: list[Token], wrong: list[tuple[int, str]], libraries: Collection[str]) -> None:
        self.words = words
        self.wrong = wrong
        self.libraries = libraries
        self.position = 0
        self.level = 0

    # Complaints

    def fail(self, at: int, message: str) -> _Stop:
        self.wrong.append((at, message))
        return _Stop()

    def unexpected(self, expecting: str) -> _Stop:
        """At the next word; one that could simply be left out is called extraneous."""
        word = self.words[self.position]
        extraneous = False
        if word.kind != END:
            after = self.words[self.position + 1].kind
            extraneous = after == END if expecting == END else expecting in (_OPERAND, _ARGUMENT) and _begins(after)
        how = "extraneous" if extraneous else "mismatched"
        return self.fail(word.at, f"Syntax error: {how} input '{word.text}' expecting {expecting}")

    def missing(self, symbol: str) -> _Stop:
        word = self.words[self.position]
        if word.kind == END:
            return self.fail(word.at, f"Syntax error: missing '{symbol}' at '{END}'")
        return self.unexpected(f"'{symbol}'")

    def unsupported(self, at: int, syntax_: str) -> None:
        self.wrong.append((at, f"unsupported syntax '{syntax_}'"))

    # The grammar

    def whole(self) -> Node:
        root = self.expression()
        if self.words[self.position].kind != END:
            raise self.unexpected(END)
        return root

    def expression(self) -> Node:
        """Operators by precedence; `? :` binds loosest and to the right, so its ends are left for last."""
        self.level += 1
        if self.level > DEEPEST:
            self.wrong.clear()
            raise self.fail(0, _TOO_DEEP)
        operands: list[Node] = []
        pending: list[tuple[int, str, int]] = []  # binary operators whose right side is not complete
        conditions: list[tuple[int, Node, Node]] = []
        while True:
            operands.append(self.operand())
            word = self.words[self.position]
            binds = _BINARY.get(word.kind)
            limit = binds[0] if binds is not None else 0
            while pending and pending[-1][0] >= limit:
                _reduce(operands, pending.pop())
            if binds is not None:
                pending.append((*binds, word.at))
                self.position += 1
            elif word.kind == "?":
                self.position += 1
                chosen = self.expression()
                if self.words[self.position].kind != ":":
                    raise self.unexpected("':'")
                self.position += 1
                conditions.append((word.at, operands.pop(), chosen))
            else:
                break
        node = operands.pop()
        if node.depth + len(conditions) <= DEEPEST:
            for at, condition, chosen in reversed(conditions):
                node = Call(at, syntax.CONDITIONAL, [balanced(condition), balanced(chosen), balanced(node)])
        else:
            raise self.fail(0, _TOO_DEEP)
        self.level -= 1
        return balanced(node)

    def operand(self) -> Node:
        """What unary operators apply to, with its selections, calls and indices."""
        words = self.words
        first = words[self.position]
        signs = 0
        while words[self.position].kind == first.kind and first.kind in ("!", "-"):
            self.position += 1
            signs += 1
        word = words[self.position]
        kind, negative = word.kind, False
        if first.kind == "-" and signs and kind in ("int", "double"):
            negative, signs = True, signs - 1
        self.position += 1
        node: Node
        if kind == "identifier" or kind == ".":
            node = self.name(word)
            if isinstance(node, Ident) and words[self.position].kind == "(":
                at = words[self.position].at
                node = self.call(at, node.name, None, self.arguments())
        elif kind == "(":
            node = self.expression()
            self.closed(")")
        elif kind == "[":
            node = self.list_literal(word.at)
        elif kind == "{":
            node = MapLiteral(word.at, self.entries())
        elif kind == "escaped":
            raise self.fail(word.at, "unsupported syntax: '`'")
        else:
            node = self.literal(word, negative, words[self.position - 2].at if negative else word.at)
        node = self.members(node)
        if signs % 2:
            node = Call(first.at, syntax.NOT if first.kind == "!" else syntax.NEGATE, [node])
        return node

    def members(self, node: Node) -> Node:
        words = self.words
        while True:
            word = words[self.position]
            if word.kind == ".":
                self.position += 1
                node = self.member(node, word)
            elif word.kind == "[":
                self.position += 1
                optional = self.question("[?")
                index = self.expression()
                self.closed("]")
                node = Call(word.at, syntax.OPTIONAL_INDEX if optional else syntax.INDEX, [node, index])
            elif word.kind == "{" and isinstance(node, Ident | Select) and (name := qualified(node)):
                self.position += 1
                node = Message(word.at, name, self.entries(fields=True))
            else:
                return node
            if node.depth > 2 * DEEPEST:
                self.wrong.clear()
                raise self.fail(0, _TOO_DEEP)

    def member(self, node: Node, dot: Token) -> Node:
        optional = self.question(".?")
        word = self.words[self.position]
        if word.kind == "escaped":
            raise self.fail(word.at, "unsupported syntax: '`'")
        if word.kind != "identifier":
            beyond = "" if word.kind == END else word.text
            raise self.fail(word.at, f"Syntax error: no viable alternative at input '.{beyond}'")
        self.position += 1
        if optional:
            return Call(dot.at, syntax.OPTIONAL_SELECT, [node, Literal(word.at, word.text)])
        if self.words[self.position].kind == "(":
            at = self.words[self.position].at
            return self.call(at, word.text, node, self.arguments())
        return Select(dot.at, node, word.text)

    def question(self, syntax_: str) -> bool:
        word = self.words[self.position]
        if word.kind != "?":
            return False
        if "optional" not in self.libraries:
            self.unsupported(word.at - 1, syntax_)
        self.position += 1
        return True

    def name(self, word: Token) -> Node:
        """`a`, or `.a` from the root of all names."""
        leading = word.kind == "."
        if leading:
            word = self.words[self.position]
            if word.kind != "identifier":
                raise self.unexpected("IDENTIFIER")
            self.position += 1
        if word.text in RESERVED:
            self.wrong.append((word.at, f"reserved identifier: {word.text}"))
        return Ident(word.at, f".{word.text}" if leading else word.text)

    def closed(self, symbol: str) -> None:
        if self.words[self.position].kind != symbol:
            raise self.missing(symbol)
        self.position += 1

    def arguments(self) -> list[Node]:
        """From the opening parenthesis on."""
        self.position += 1
        found: list[Node] = []
        if self.words[self.position].kind == ")":
            self.position += 1
            return found
        if self.words[self.position].kind in (END, ","):
            raise self.unexpected(_ARGUMENT)
        while True:
            found.append(self.expression())
            if self.words[self.position].kind != ",":
                break
            self.position += 1
        self.closed(")")
        return found

    def list_literal(self, at: int) -> Node:
        elements: list[Node] = []
        optional: list[int] = []
        while self.words[self.position].kind != "]":
            if self.words[self.position].kind == "," and not elements:
                self.position += 1
                if self.words[self.position].kind != "]":
                    raise self.unexpected("']'")
                break
            if self.question("?"):
                optional.append(len(elements))
            elements.append(self.expression())
            if self.words[self.position].kind not in (",", "]"):
                raise self.unexpected("{']', ','}")
            if self.words[self.position].kind == ",":
                self.position += 1
                if self.words[self.position].kind == ",":
                    raise self.unexpected("']'")
        self.position += 1
        return ListLiteral(at, elements, frozenset(optional))

    def entries(self, fields: bool = False) -> list[Entry]:
        found: list[Entry] = []
        while self.words[self.position].kind != "}":
            word = self.words[self.position]
            optional = self.question("?")
            key: object
            if fields:
                word = self.words[self.position]
                if word.kind != "identifier":
                    raise self.unexpected("{'}', ',', IDENTIFIER}")
                self.position += 1
                key = word.text
            else:
                key = self.expression()
            colon = self.words[self.position]
            if colon.kind != ":":
                raise self.unexpected("':'")
            self.position += 1
            found.append(Entry(colon.at, key, self.expression(), optional))
            if self.words[self.position].kind not in (",", "}"):
                raise self.unexpected("{'}', ','}")
            if self.words[self.position].kind == ",":
                self.position += 1
        self.position += 1
        return found

    def call(self, at: int, function: str, target: Node | None, arguments: list[Node]) -> Node:
        try:
            expanded = macros.expand(at, function, target, arguments, self.libraries)
        except macros.MacroError as error:
            self.wrong.append((error.at, error.message))
            expanded = None
        return expanded or Call(at, function, arguments, target)

    def literal(self, word: Token, negative: bool, at: int) -> Node:
        kind, text = word.kind, word.text
        if kind in ("true", "false"):
            return Literal(at, kind == "true")
        if kind == "null":
            return Literal(at, None)
        if kind not in ("int", "uint", "double", "string", "bytes"):
            self.position -= 1
            raise self.unexpected(_OPERAND)
        try:
            return Literal(at, _value(kind, text, negative))
        except ValueError:
            self.wrong.append((at, f"invalid {kind} literal"))
            return Literal(at, None)


def _begins(kind: str) -> bool:
    return kind in ("[", "{", "(", ".", "-", "!", "true", "false", "null", "double", "int", "uint", "string", "bytes",
                    "identifier")  # fmt: skip


def _value(kind: str, text: str, negative: bool) -> object:
    if kind == "string":
        return lexer.string_of(text)
    if kind == "bytes":
        return lexer.bytes_of(text)
    if kind == "double":
        number = float(text)
        if number == float("inf"):
            raise ValueError("out of range")
        return -number if negative else number
    digits = text.rstrip("uU") if kind == "uint" else text
    if len(digits) > 40:
        raise ValueError("out of range")
    whole = int(digits, 16) if digits.startswith("0x") else int(digits)
    if kind == "uint":
        if whole > UINT_MAX:
            raise ValueError("out of range")
        return UInt(whole)
    if whole > INT_MAX + negative:
        raise ValueError("out of range")
    return -whole if negative else whole


def _reduce(operands: list[Node], operator: tuple[int, str, int]) -> None:
    right, left = operands.pop(), operands.pop()
    _, function, at = operator
    node: Node
    if function in (syntax.AND, syntax.OR):
        if isinstance(left, Chain) and left.function == function:
            left.add(at, right)
            node = left
        else:
            node = Chain(at, function, left, right)
    else:
        node = Call(at, function, [balanced(left), balanced(right)])
    operands.append(node)
    if node.depth > 2 * DEEPEST:
        raise RecursionError
