"""Finds the likeliest of many token sequences while the model reads few of them.

A sequence is never likelier than its beginning. So beginnings bound what follows them, and the
search ends when a whole sequence is likelier than every beginning that is left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

Ids = tuple[int, ...]


@dataclass(eq=False)
class _Node:
    """The end of a beginning; a leaf ends a whole sequence."""

    parent: "_Node | None" = None
    token_id: int = -1
    children: dict[int, "_Node"] = field(default_factory=dict)
    height: int = 0
    log_prob: float = float("nan")
    is_read: bool = False
    sequence: int = -1
    """Index of the first sequence that ends here; -1 inside a sequence."""


class SpanSearch:
    """Searches the likeliest of some sequences; each ends in a token that ends no other early.

    ``path`` says what to read next, ``wanted`` which log-probabilities to give to ``take``.
    """

    def __init__(self, sequences: Sequence[Ids]) -> None:
        self._root = _Node(log_prob=0.0)
        self._open, self._best = [self._root], _Node(log_prob=float("-inf"))
        for number, ids in enumerate(sequences):
            self._add(number, ids)

    @property
    def best(self) -> int:
        """Index of the likeliest sequence so far, the first of equal ones; -1 before any."""
        return self._best.sequence

    def path(self) -> Ids | None:
        """The next beginning to read, as long as may be; None once the likeliest is known."""
        node = max(self._open, key=lambda node: node.log_prob, default=None)
        if node is None or node.log_prob <= self._best.log_prob:
            return None
        while node.height > 1:
            node = max(node.children.values(), key=lambda child: child.height)
        return tuple(step.token_id for step in _steps(node))

    def wanted(self, path: Ids) -> list[list[int]]:
        """The tokens whose log-probability is needed after each beginning of ``path``, the empty
        one first.
        """
        return [list(node.children) for node in self._walk(path)]

    def take(self, path: Ids, log_probs: Sequence[Sequence[float]]) -> None:
        """Take the log-probabilities of the tokens that ``wanted`` listed."""
        for node, values in zip(self._walk(path), log_probs, strict=True):
            if node.is_read:
                continue
            node.is_read = True
            self._open.remove(node)
            for child, value in zip(node.children.values(), values, strict=False):
                child.log_prob = node.log_prob + value
                if child.children:
                    self._open.append(child)
                elif child.log_prob > self._best.log_prob:
                    self._best = child

    def _add(self, number: int, ids: Ids) -> None:
        node = self._root
        for token_id in ids:
            node = node.children.setdefault(token_id, _Node(node, token_id))
        if node.sequence < 0:
            node.sequence = number
        height = 0
        while node.parent is not None:
            node, height = node.parent, height + 1
            node.height = max(node.height, height)

    def _walk(self, path: Ids) -> Iterator[_Node]:
        """Yield the nodes from the empty beginning to the end of ``path``."""
        node = self._root
        yield node
        for token_id in path:
            node = node.children[token_id]
            yield node


def _steps(node: _Node) -> list[_Node]:
    """The nodes after the empty beginning, up to ``node``."""
    steps: list[_Node] = []
    while node.parent is not None:
        steps.append(node)
        node = node.parent
    return steps[::-1]
