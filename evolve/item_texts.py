"""The texts of a search's items, asked of its workers once and kept with it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from evolve.store import Ledger, Reader
from evolve.store.texts import pack_all
from search_spaces.messages import ItemText, Split

_Items = Mapping[str, Sequence[int]]


class Describes(Protocol):
    """Who knows what items say."""

    def describe_items(self, items: _Items) -> dict[str, dict[int, ItemText]]:
        """Without those that it cannot describe."""


def keep_texts(
    pool: Describes, ledger: Ledger, reader: Reader, splits: Mapping[Split, _Items]
) -> None:
    """Of all items of all splits, unless the search has them already: also for one that was begun
    before there were any.
    """
    if reader.has_texts(ledger.search_id):
        return
    order = ("report", "validation", "search")
    tasks = dict.fromkeys(task for split in order for task in splits.get(split, {}))
    wanted = {
        task: list(
            dict.fromkeys(i for split in order for i in splits.get(split, {}).get(task, ()))
        )
        for task in tasks
    }
    first = {
        task: {i for split in order[:2] for i in splits.get(split, {}).get(task, ())}
        for task in tasks
    }
    found = pool.describe_items(wanted)
    if any(found.values()):
        ledger.set_texts(pack_all(found, first))
