"""What items say, kept with a search: on SQLite and on PostgreSQL."""

import random
import string
import zlib
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as hs
from sqlalchemy import Engine

from evolve.item_texts import keep_texts
from evolve.store import Reader
from evolve.store.texts import pack, pack_all, unpack
from search_spaces.messages import CHOICE_KEPT, PROMPT_KEPT, TARGET_KEPT, ItemText, readable
from tests.evolve.store.drivers import open_ledger

NASTY = "a\x00b \ud83d <b> \u202e é"
SPLITS = {
    "search": {"t": (0, 1, 2)},
    "validation": {"t": (3,)},
    "report": {"t": (4, 5), "u": (0,)},
}


class Knows:
    """Tells texts, and keeps what it was asked."""

    def __init__(self, mute: bool = False) -> None:
        self.asked: list[Mapping[str, Sequence[int]]] = []
        self._mute = mute

    def describe_items(self, items: Mapping[str, Sequence[int]]) -> dict[str, dict[int, ItemText]]:
        self.asked.append(items)
        found = {
            t: {i: ItemText(f"{t} {i} {NASTY}", ("yes", "no"), "no") for i in numbers if i != 5}
            for t, numbers in items.items()
        }
        return {} if self._mute else found


def test_texts_are_asked_once_and_read_back_by_task_and_item(engine: Engine) -> None:
    ledger, reader, pool = open_ledger(engine), Reader(engine), Knows()
    keep_texts(pool, ledger, reader, SPLITS)
    keep_texts(pool, ledger, reader, SPLITS)
    assert len(pool.asked) == 1
    assert pool.asked[0] == {"t": [4, 5, 3, 0, 1, 2], "u": [0]}
    found = reader.texts(ledger.search_id, "t")
    assert sorted(found) == [0, 1, 2, 3, 4]
    assert found[4] == ItemText("t 4 a\ufffdb \ufffd <b> \u202e é", ("yes", "no"), "no")
    assert list(reader.texts(ledger.search_id, "t", [2, 5, 99])) == [2]
    assert list(reader.texts(ledger.search_id, "u")) == [0]
    assert reader.texts(ledger.search_id, "none") == {}
    assert reader.texts(ledger.search_id + 1, "t") == {}


def test_a_search_without_texts_gets_them_when_it_goes_on(engine: Engine) -> None:
    ledger, reader = open_ledger(engine), Reader(engine)
    keep_texts(Knows(mute=True), ledger, reader, SPLITS)
    assert not reader.has_texts(ledger.search_id)
    again = open_ledger(engine)
    keep_texts(Knows(), again, reader, SPLITS)
    assert reader.has_texts(again.search_id)


TEXTS = hs.text(alphabet=hs.characters(), max_size=40)


@given(
    hs.dictionaries(
        hs.integers(0, 10**6),
        hs.builds(ItemText, TEXTS, hs.lists(TEXTS, max_size=4).map(tuple), TEXTS),
        max_size=5,
    )
)
def test_short_texts_come_back_whole_but_for_what_no_database_takes(
    texts: dict[int, ItemText],
) -> None:
    def clean(text: str) -> str:
        return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in text)

    assert unpack(pack(texts)) == {
        n: ItemText(clean(t.prompt), tuple(map(clean, t.choices)), clean(t.target))
        for n, t in texts.items()
    }


@given(hs.integers(0, 4000), hs.integers(0, 400), hs.integers(0, 600))
def test_long_texts_are_cut_where_the_question_is_not(
    prompt: int, choice: int, target: int
) -> None:
    long = "".join(str(i % 10) for i in range(prompt))
    cut = readable(long, ("c" * choice,), "t" * target)
    assert len(cut.prompt) == min(prompt, PROMPT_KEPT)
    assert cut.prompt.startswith("…") == (prompt > PROMPT_KEPT)
    assert long.endswith(cut.prompt.removeprefix("…"))
    assert len(cut.choices[0]) == min(choice, CHOICE_KEPT)
    assert readable(cut.prompt, cut.choices, cut.target) == cut
    assert len(readable("", (), "t" * target).target) == min(target, TARGET_KEPT)
    same = "c" * choice  # the right choice is still recognized when both are cut
    assert readable("", (same,), same).target == readable("", (same,), same).choices[0]


def test_of_too_much_text_search_items_go_first_and_others_in_equal_parts() -> None:
    draw = random.Random(0)
    noise = {n: ItemText("".join(draw.choices(string.ascii_letters, k=900))) for n in range(60)}
    found, first = {"a": noise, "b": noise}, {"a": set(range(40)), "b": set(range(30))}
    whole = pack_all(found, first)
    assert {t: len(unpack(b)) for t, b in whole.items()} == {"a": 60, "b": 60}
    size = sum(map(len, whole.values()))
    some = {t: set(unpack(b)) for t, b in pack_all(found, first, int(size * 0.7)).items()}
    assert some == first
    few = pack_all(found, first, size // 4)
    assert sum(map(len, few.values())) <= size // 4
    kept = {t: set(unpack(b)) for t, b in few.items()}
    assert all(kept[t] < first[t] for t in found)
    assert len(kept["a"]) / 40 == pytest.approx(len(kept["b"]) / 30, abs=0.05)
    assert pack_all({"a": {}}, {}, 0) == {"a": pack({})}


@pytest.mark.parametrize("damaged", [b"", b"x", zlib.compress(b"[]"), zlib.compress(b'{"1": 2}')])
def test_damaged_texts_are_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        unpack(damaged)
