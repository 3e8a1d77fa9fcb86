"""What an item says, for people to read: its question, its choices, its right answer.

Told from the requests that a model gets. The right answer is what the task's own functions say,
which may be any code; where they fail, an item has none.
"""

import copy
from collections.abc import Mapping, Sequence
from os.path import commonprefix
from typing import Any

from search_spaces.messages import ItemText, readable
from workers.task_loading import quiet, seeded
from workers.tasks import LoadedTask, Request


def describe_items(
    tasks: Mapping[str, LoadedTask], wanted: Mapping[str, Sequence[int]]
) -> dict[str, dict[int, ItemText]]:
    """task -> item number -> its text; items that cannot be described are left out."""
    with quiet(), seeded():
        return {
            name: dict(_described(tasks[name], items))
            for name, items in wanted.items()
            if name in tasks
        }


def _described(task: LoadedTask, items: Sequence[int]) -> list[tuple[int, ItemText]]:
    found = []
    for item in items:
        try:
            found.append((item, describe_item(task, item)))
        except Exception:  # noqa: S112 - any code of a task; its text is not worth a search
            continue
    return found


def describe_item(task: LoadedTask, item: int) -> ItemText:
    """The text of one item, cut to what is kept."""
    requests = task.items[item]
    first = requests[0]
    if first.kind == "rolling":
        return readable(first.continuation)
    target = _target(task, item)
    if first.kind == "generate":
        return readable(first.context, (), _said(target))
    if len(requests) == 1:
        return readable(first.context, (), first.continuation.strip())
    prompt, choices = _choices(requests)
    return readable(prompt, choices, _right(choices, target))


def _choices(requests: Sequence[Request]) -> tuple[str, list[str]]:
    """What all choices begin with, and how each goes on. Requests without a context, beside others
    that have one, ask how likely a choice is by itself and are no choices.
    """
    if any(r.context for r in requests):
        requests = [r for r in requests if r.context]
    contexts = [r.context for r in requests]
    if len(set(contexts)) == 1:
        return contexts[0], [r.continuation.strip() for r in requests]
    shared = commonprefix(contexts)  # noqa: RUF071 - of texts, not of paths
    shared = shared[: shared.rfind(" ") + 1]  # whole words
    return shared, [f"{r.context}{r.continuation}"[len(shared) :].strip() for r in requests]


def _target(task: LoadedTask, item: int) -> Any:
    """What the task says is right: a text, the number of a choice, or several of them; None where
    it says nothing.
    """
    lm_eval, doc = task.task, task.docs[item]
    try:
        if callable(lm_eval.config.doc_to_target):
            doc = copy.deepcopy(doc)  # a function may change it
        in_text = getattr(lm_eval, "multiple_input", 0)
        return lm_eval.doc_to_text(doc) if in_text else lm_eval.doc_to_target(doc)
    except Exception:
        return None


def _right(choices: Sequence[str], target: Any) -> str:
    """The text of the choice that is right, or of those that are."""
    several = target if isinstance(target, list | tuple) else [target]
    numbers = [t for t in several if isinstance(t, int) and 0 <= t < len(choices)]
    if numbers:
        return _said([choices[n] for n in numbers])
    return _said(target)


def _said(target: Any) -> str:
    if target is None:
        return ""
    if isinstance(target, list | tuple):
        return " | ".join(str(t).strip() for t in target)
    return str(target).strip()
