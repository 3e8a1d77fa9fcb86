"""Probes of contamination: does a model find the benchmark's own order likelier than others?

options: the options of an item, listed after its question in their own order or in another one
(Ni et al. 2024, "Training on the Benchmark Is Not All You Need", arXiv:2409.01790). Where the
question lists them itself, they change places in it and keep their letters.
items: the text of an item after the text of the item that is before it in the benchmark, or of
another one (Oren et al. 2023, "Proving Test Set Contamination in Black Box Language Models",
arXiv:2310.17623). The other predecessors are those of the other items, shifted round, so that
each text is asked about equally often in its own and in another order.
"""

import copy
import math
import random
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from search_spaces.errors import ConfigError
from workers.tasks import Answer, LoadedTask, Request

# The benchmark's own order first, then others; empty for an item that has no other order.
Orders = tuple[Request, ...]

_OTHERS = 2
_FEWEST_OPTIONS = 3  # two have one other order, and nothing to tell usual differences from
_FIELDS = ("choices", "options")
_QUESTION, _LISTING, _TEXT = 1000, 1500, 300  # characters at most


def probes(task: LoadedTask, items: Sequence[int]) -> dict[str, list[Orders]]:
    """probe -> orders of each item; a probe that suits none of them is not in it.

    Raises: ConfigError where the task's own functions fail on a document.
    """
    try:
        found = {"options": _options(task, items), "items": _items(task, items)}
    except Exception as error:
        raise ConfigError(
            f"tasks: '{task.name}' gives no text to probe: {type(error).__name__}: {error}"
        ) from None
    return {probe: orders for probe, orders in found.items() if any(orders)}


def margins(
    asked: Mapping[str, Sequence[Orders]], answers: Iterator[Answer]
) -> dict[str, tuple[float, ...]]:
    """probe -> per item, log-likelihood of the own order minus the mean of the others (nats);
    `probe spread` -> the standard deviation among the others. Both are 0 where nothing was asked.
    """
    found: dict[str, tuple[float, ...]] = {}
    for probe, items in asked.items():
        margin, spread = [], []
        for orders in items:
            own, *others = [_nats(next(answers)) for _ in orders] or [0.0, 0.0, 0.0]
            margin.append(own - statistics.fmean(others))
            spread.append(statistics.stdev(others))
        found[probe], found[f"{probe} spread"] = tuple(margin), tuple(spread)
    return found


def _options(task: LoadedTask, items: Sequence[int]) -> list[Orders]:
    """Nothing for labels that are the same for (nearly) every document: everybody who knows the
    task knows their order.
    """
    docs = [copy.deepcopy(task.docs[item]) for item in items]
    for read in (_choices, _field):
        lists = [read(task, doc) for doc in docs]
        if 2 * len(set(lists)) > len(lists):
            texts = [_text(task, item) for item in items]
            return [_listings(*one) for one in zip(texts, lists, strict=True)]
    return []


def _choices(task: LoadedTask, doc: Any) -> tuple[str, ...]:
    config = task.task.config
    if config.output_type != "multiple_choice" or config.doc_to_choice is None:
        return ()
    return tuple(map(str, task.task.doc_to_choice(doc)))


def _field(task: LoadedTask, doc: Any) -> tuple[str, ...]:
    """For tasks that are answered with a letter."""
    found = next((doc[name] for name in _FIELDS if name in doc), ())
    if isinstance(found, Mapping):
        found = found.get("text", ())
    return tuple(map(str, found)) if isinstance(found, list | tuple) else ()


def _listings(text: str, options: tuple[str, ...]) -> Orders:
    if len(set(options)) < max(_FEWEST_OPTIONS, len(options)) or sum(map(len, options)) > _LISTING:
        return ()
    before, *between = _gaps(text, options) or [text + "\n", *["\n"] * (len(options) - 1)]
    generator = _generator(text, *options)
    orders = [tuple(range(len(options)))]
    while len(orders) <= min(_OTHERS, math.factorial(len(options)) - 1):
        order = tuple(generator.sample(orders[0], len(options)))
        if order not in orders:
            orders.append(order)
    return tuple(
        Request(
            "loglikelihood",
            before[-_QUESTION:],
            "".join(options[i] + gap for i, gap in zip(order, [*between, ""], strict=True)),
        )
        for order in orders
    )


def _gaps(text: str, options: Sequence[str]) -> list[str] | None:
    """What is before each option, where the text ends with a list of them; None where not."""
    end, gaps = len(text), list[str]()
    for number in reversed(range(len(options))):
        start = text.rfind(options[number], 0, end)
        if start < 0:
            return None
        if number + 1 < len(options):
            gaps.append(text[start + len(options[number]) : end])
        end = start
    gaps.append(text[:end])
    return None if any("\n" not in gap for gap in gaps[:-1]) else gaps[::-1]


def _items(task: LoadedTask, items: Sequence[int]) -> list[Orders]:
    texts = [_text(task, item).strip()[:_TEXT] for item in items]
    before = [_text(task, item - 1).strip()[-_TEXT:] if item else "" for item in items]
    able = [place for place in range(len(items)) if texts[place] and before[place]]
    if len(able) <= _OTHERS:
        return []
    shifts = [0, *_generator(task.name).sample(range(1, len(able)), _OTHERS)]
    found: list[Orders] = [()] * len(items)
    for number, place in enumerate(able):
        contexts = [before[able[(number + shift) % len(able)]] for shift in shifts]
        asked = [Request("loglikelihood", context, "\n\n" + texts[place]) for context in contexts]
        found[place] = tuple(asked)
    return found


def _text(task: LoadedTask, item: int) -> str:
    """As it is asked, without examples, chat template and answer."""
    first = task.items[item][0]
    if first.kind == "rolling":
        return first.continuation
    text = task.task.doc_to_text(copy.deepcopy(task.docs[item]))
    if isinstance(text, str):
        return text
    return "" if task.num_fewshot else first.context + first.continuation


def _nats(answer: Answer) -> float:
    return float(answer[0] if isinstance(answer, tuple) else answer)


def _generator(*seed: str) -> random.Random:
    return random.Random("\x1f".join(seed))  # noqa: S311 - no secret
