"""Token sequences packed into rows in which every shared prefix stands once.

A row is a forest in depth-first order: a token looks at its ancestors, not at its neighbours. So
choices share their context, questions their passage, and unlike items lie in one row without
padding. A prefix that many rows begin with is a *header*: it is computed once for each candidate,
and its keys and values are what those rows continue from.

Pure bookkeeping on token ids; what is computed with it is scoring.py's.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Tokens = tuple[int, ...]
# (position in the sequence whose next token is scored, that token, the request it belongs to)
Scored = tuple[int, int, int]

_SHORTEST_HEADER = 16  # tokens from which one is worth a forward pass of its own
_DEEPEST = 200


@dataclass(frozen=True)
class Header:
    """tokens: from the beginning of the text; parent: the header that it continues, an index."""

    tokens: Tokens
    parent: int | None


@dataclass(frozen=True)
class Row:
    """What follows a header (or nothing) in one row.

    tokens, depths, ends: (t,) token ids, their positions in their texts, and one past the last
    descendant of each; scored: positions in the row, targets and requests.
    """

    header: int | None
    tokens: list[int]
    depths: list[int]
    ends: list[int]
    scored: list[Scored]


@dataclass(frozen=True)
class Forest:
    """headers: parents before children; rows: in no particular order."""

    headers: tuple[Header, ...]
    rows: tuple[Row, ...]

    def tokens_of(self, header: int | None) -> Tokens:
        """What stands before the rows of a header."""
        return () if header is None else self.headers[header].tokens

    def depth(self, header: int | None) -> int:
        """How many tokens stand before the rows of a header."""
        return len(self.tokens_of(header))

    def chain(self, header: int | None) -> list[int]:
        """A header and all that it continues, the first one first."""
        if header is None:
            return []
        return [*self.chain(self.headers[header].parent), header]


def grow(
    sequences: Iterable[tuple[Tokens, Sequence[Scored]]],
    *,
    capacity: int,
    share: bool = True,
    known: Sequence[Header] = (),
) -> Forest:
    """sequences: token ids with what is scored of them, equal ones more than once as they come.

    capacity: tokens a row may have, besides one sequence that is longer and what shares most of
    itself with it. share: False gives every
    distinct sequence a row of its own, for models that cannot look at a forest. known: headers
    that are there already and come first in the result; sequences that begin with one use it.
    """
    wanted: dict[Tokens, list[Scored]] = {}
    for tokens, scored in sequences:
        wanted.setdefault(tokens, []).extend(scored)
    ordered = sorted(wanted)
    if not share:
        return Forest((), tuple(_row(None, 0, [t], wanted) for t in ordered))
    grower = _Grower(wanted, capacity, list(known))
    for header, mine in _by_header(ordered, wanted, known):
        grower.split(mine, header, 0)
    return Forest(tuple(grower.headers), tuple(grower.rows))


class _Grower:
    def __init__(
        self, wanted: dict[Tokens, list[Scored]], capacity: int, headers: list[Header]
    ) -> None:
        self._wanted = wanted
        self._capacity = capacity
        self.headers = headers
        self.rows: list[Row] = []

    def split(self, ordered: list[Tokens], header: int | None, level: int) -> None:
        """Rows, and headers where they pay, for sorted sequences that all continue `header`."""
        depth = 0 if header is None else len(self.headers[header].tokens)
        size = _size(ordered, depth)
        if size > self._capacity:
            shared = self._shareable(ordered)
            rows = math.ceil((size - (shared - depth)) / self._capacity)
            if shared - depth >= _SHORTEST_HEADER and rows > 1:
                self.headers.append(Header(ordered[0][:shared], header))
                header, depth = len(self.headers) - 1, shared
            fork = max(depth, common(ordered[0], ordered[-1]))
            small: list[Tokens] = []
            for child in _children(ordered, fork):
                large = len(child) > 1 and _size(child, depth) > self._capacity
                if large and level < _DEEPEST:
                    self.split(child, header, level + 1)
                else:
                    small += child
            ordered = small
        self._pack(ordered, header, depth)

    def _shareable(self, ordered: list[Tokens]) -> int:
        """Tokens that all of them begin with and of which none is scored."""
        scored = min(position for tokens in ordered for position, _, _ in self._wanted[tokens])
        return min(common(ordered[0], ordered[-1]), scored)

    def _pack(self, ordered: list[Tokens], header: int | None, depth: int) -> None:
        """First fit, the largest family first; a family is not torn unless what is not shared in
        it is too much for one row.
        """
        families = [
            part
            for family in _families(ordered, depth)
            for part in _torn(family, depth, self._capacity)
        ]
        families.sort(key=lambda family: -_size(family, depth))
        rows: list[tuple[int, list[Tokens]]] = []
        first = 0  # rows before it are full
        for family in families:
            size = _size(family, depth)
            for number in range(first, len(rows)):
                used, members = rows[number]
                if used + size <= self._capacity:
                    rows[number] = (used + size, members + family)
                    break
            else:
                rows.append((size, family))
            while first < len(rows) and rows[first][0] >= self._capacity:
                first += 1
        self.rows += [_row(header, depth, sorted(members), self._wanted) for _, members in rows]


def common(left: Tokens, right: Tokens) -> int:
    """How many tokens two sequences begin with alike."""
    size = min(len(left), len(right))
    if left[:size] == right[:size]:
        return size
    low, high = 0, size  # left[:low] is alike, left[:high] is not
    while high - low > 1:
        middle = (low + high) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _by_header(
    ordered: list[Tokens], wanted: dict[Tokens, list[Scored]], known: Sequence[Header]
) -> Iterator[tuple[int | None, list[Tokens]]]:
    """Sorted sequences by the longest known header that they continue."""
    number_of = {header.tokens: number for number, header in enumerate(known)}
    lengths = sorted({len(header.tokens) for header in known}, reverse=True)
    found: dict[int | None, list[Tokens]] = {}
    for tokens in ordered:
        free = min(position for position, _, _ in wanted[tokens])
        header = next(
            (number_of[tokens[:n]] for n in lengths if n <= free and tokens[:n] in number_of),
            None,
        )
        found.setdefault(header, []).append(tokens)
    yield from found.items()


def _size(ordered: Sequence[Tokens], depth: int) -> int:
    """Tokens of the forest of sorted sequences, below `depth`."""
    total, before = 0, None
    for tokens in ordered:
        shared = depth if before is None else max(depth, common(before, tokens))
        total += len(tokens) - shared
        before = tokens
    return total


def _children(ordered: list[Tokens], depth: int) -> Iterator[list[Tokens]]:
    """Runs of sorted sequences that go on alike after `depth` tokens."""
    run: list[Tokens] = []
    for tokens in ordered:
        if run and run[-1][depth : depth + 1] != tokens[depth : depth + 1]:
            yield run
            run = []
        run.append(tokens)
    if run:
        yield run


def _families(ordered: list[Tokens], depth: int) -> Iterator[list[Tokens]]:
    """Runs of sorted sequences of which each shares at least half of itself with the one
    before.
    """
    run: list[Tokens] = []
    for tokens in ordered:
        if run and 2 * (common(run[-1], tokens) - depth) < len(tokens) - depth:
            yield run
            run = []
        run.append(tokens)
    if run:
        yield run


def _torn(family: list[Tokens], depth: int, capacity: int) -> Iterator[list[Tokens]]:
    """Parts of a family that fit into a row, or have no more tokens besides their first sequence
    than that one has, or than a row has.
    """
    part: list[Tokens] = []
    more = room = 0
    for tokens in family:
        new = len(tokens) - max(depth, common(part[-1], tokens)) if part else 0
        if part and more + new > room:
            yield part
            part, new, more = [], 0, 0
        if not part:
            first = len(tokens) - depth
            room = max(capacity - first, min(capacity, first))
        part.append(tokens)
        more += new
    if part:
        yield part


def _row(
    header: int | None, depth: int, ordered: list[Tokens], wanted: dict[Tokens, list[Scored]]
) -> Row:
    tokens: list[int] = []
    depths: list[int] = []
    ends: list[int] = []
    scored: list[Scored] = []
    path: list[int] = []  # where the tokens of the last sequence stand in the row
    before: Tokens | None = None
    for sequence in ordered:
        shared = 0 if before is None else max(depth, common(before, sequence)) - depth
        for closed in path[shared:]:
            ends[closed] = len(tokens)
        path = path[:shared]
        for position in range(depth + shared, len(sequence)):
            path.append(len(tokens))
            tokens.append(sequence[position])
            depths.append(position)
            ends.append(0)
        scored += [(path[p - depth], target, owner) for p, target, owner in wanted[sequence]]
        before = sequence
    for closed in path:
        ends[closed] = len(tokens)
    return Row(header, tokens, depths, ends, scored)
