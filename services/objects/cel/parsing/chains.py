"""`a && b && c` as a tree of the logarithm's depth, as cel-go builds it: long conditions are common."""

from __future__ import annotations

from services.objects.cel.parsing.syntax import Call, Node


class Chain(Node):
    """`a && b && c`, until its end is known: a long chain becomes a tree of its logarithm's depth."""

    __slots__ = ("function", "places", "terms")

    def __init__(self, at: int, function: str, left: Node, right: Node) -> None:
        super().__init__(at, 1)
        self.function = function
        self.terms: list[Node] = [balanced(left), balanced(right)]
        self.places = [at]

    def add(self, at: int, term: Node) -> None:
        self.terms.append(balanced(term))
        self.places.append(at)


def balanced(node: Node) -> Node:
    return _split(node, 0, len(node.terms)) if isinstance(node, Chain) else node


def _split(chain: Chain, low: int, high: int) -> Node:
    if high - low == 1:
        return chain.terms[low]
    middle = (low + high + 1) // 2
    return Call(chain.places[middle - 1], chain.function, [_split(chain, low, middle), _split(chain, middle, high)])
