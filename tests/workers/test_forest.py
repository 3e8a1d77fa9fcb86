"""Rows of shared prefixes: whatever is shared, every scored token has its own text before it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from workers.forest import Forest, Header, Row, Scored, Tokens, common, grow

tokens = st.lists(st.integers(0, 2), min_size=1, max_size=12).map(tuple)
items = st.lists(
    st.tuples(tokens, st.lists(tokens, min_size=1, max_size=4)), min_size=1, max_size=20
)
heads = st.lists(st.integers(0, 2), max_size=40).map(tuple)

Sequences = list[tuple[Tokens, list[Scored]]]


def sequences_of(head: Tokens, found: list[tuple[Tokens, list[Tokens]]]) -> Sequences:
    """One request per choice; its tokens after the context are scored."""
    made: Sequences = []
    for context, choices in found:
        for choice in choices:
            whole = (*head, *context, *choice)[:-1]
            first = len(whole) - len(choice)
            made.append((whole, [(first + i, t, len(made)) for i, t in enumerate(choice)]))
    return made


def texts_before(row: Row, forest: Forest) -> dict[tuple[int, int], set[tuple[int, ...]]]:
    """(request, target) -> what the scored tokens of a row can look at."""
    before = forest.tokens_of(row.header)
    found: dict[tuple[int, int], set[tuple[int, ...]]] = {}
    for place, target, owner in row.scored:
        seen = [n for n in range(place + 1) if place < row.ends[n]]
        assert [row.depths[n] for n in seen] == list(range(len(before), len(before) + len(seen)))
        text = (*before, *(row.tokens[n] for n in seen))
        found.setdefault((owner, target), set()).add(text)
    return found


def all_texts(forest: Forest) -> dict[tuple[int, int], set[tuple[int, ...]]]:
    found: dict[tuple[int, int], set[tuple[int, ...]]] = {}
    for row in forest.rows:
        for key, texts in texts_before(row, forest).items():
            found.setdefault(key, set()).update(texts)
    return found


def expected(sequences: Sequences) -> dict[tuple[int, int], set[tuple[int, ...]]]:
    found: dict[tuple[int, int], set[tuple[int, ...]]] = {}
    for whole, scored in sequences:
        for place, target, owner in scored:
            found.setdefault((owner, target), set()).add(whole[: place + 1])
    return found


@given(heads, items, st.integers(5, 120))
@settings(max_examples=200, deadline=None)
def test_every_scored_token_sees_its_own_text_and_nothing_else(
    head: Tokens, found: list[tuple[Tokens, list[Tokens]]], capacity: int
) -> None:
    sequences = sequences_of(head, found)
    forest = grow(sequences, capacity=capacity)
    assert all_texts(forest) == expected(sequences)
    alone = grow(sequences, capacity=capacity, share=False)
    assert all_texts(alone) == expected(sequences)
    assert all(
        row.header is None and row.ends == [len(row.tokens)] * len(row.tokens)
        for row in alone.rows
    )


@given(heads, items, st.integers(5, 60))
@settings(max_examples=100, deadline=None)
def test_headers_that_are_known_are_used_by_a_part_of_the_items(
    head: Tokens, found: list[tuple[Tokens, list[Tokens]]], capacity: int
) -> None:
    whole = grow(sequences_of(head, found), capacity=capacity)
    part = sequences_of(head, found[::2])
    forest = grow(part, capacity=capacity, known=whole.headers)
    assert forest.headers[: len(whole.headers)] == whole.headers
    assert all_texts(forest) == expected(part)


@given(items, st.integers(20, 60))
@settings(max_examples=100, deadline=None)
def test_rows_keep_to_their_size(found: list[tuple[Tokens, list[Tokens]]], capacity: int) -> None:
    """But for one sequence that is longer, and what shares most of itself with it."""
    longest = max(len(whole) for whole, _ in sequences_of((), found))
    forest = grow(sequences_of((), found), capacity=capacity)
    assert all(len(row.tokens) <= max(capacity, 2 * longest) for row in forest.rows)


def test_choices_after_a_long_context_share_it_in_one_row() -> None:
    context = tuple(range(1000, 1500))
    choices = [tuple(range(10 * n, 10 * n + 9)) for n in range(4)]
    forest = grow(sequences_of((), [(context, choices)]), capacity=100)
    assert forest.headers == ()
    assert [len(row.tokens) for row in forest.rows] == [500 + 4 * 8]


def test_contexts_that_begin_alike_are_told_apart() -> None:
    """One word in common must not keep a long text from its own choices."""
    found = [((7, 8, *range(n, n + 300)), [(1, 2), (3, 4)]) for n in range(1000, 9000, 1000)]
    forest = grow(sequences_of((), found), capacity=100)
    assert forest.headers == ()
    assert sorted(len(row.tokens) for row in forest.rows) == [304] * 8


def test_choices_share_their_context_and_items_a_few_shot_header() -> None:
    head = tuple(range(100, 140))
    found = [((n, n, n), [(1,), (2, 3), (2, 4)]) for n in range(10)]
    forest = grow(sequences_of(head, found), capacity=30)
    assert forest.headers == (Header(head, None),)
    # three tokens of context and the 2 that two choices begin with
    assert sum(len(row.tokens) for row in forest.rows) == 10 * 4


def test_a_header_of_a_header_continues_it() -> None:
    first, second = tuple(range(50)), tuple(range(50, 90))
    found = [((*second, n), [(7, n)]) for n in range(30)]
    found += [((n, 200 + n), [(5,)]) for n in range(9)]
    forest = grow(sequences_of(first, found), capacity=20)
    assert forest.headers == (Header(first, None), Header(first + second, 0))
    assert forest.chain(1) == [0, 1]


def test_common_counts_equal_beginnings() -> None:
    assert common((1, 2, 3), (1, 2, 4, 5)) == 2
    assert common((), (1,)) == 0
    assert common((1, 2), (1, 2, 3)) == 2
