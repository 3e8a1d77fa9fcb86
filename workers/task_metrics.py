"""From what lm-eval says of one item to numbers whose mean over items is the metric."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

# (metric, filter) -> what the task makes of one item's answers; a number, or (for metrics of a
# whole corpus) whatever their aggregation takes.
Results = Mapping[tuple[str, str], Any]
Totals = Mapping[tuple[str, str], tuple[float, float | None]]


@dataclass(frozen=True)
class ItemMetric:
    """A metric that a search can use.

    value: one item's result -> its number; units: the weight of each item (words, bytes), by
    which the mean of the values is the metric, or None where all count alike.
    """

    name: str
    source: tuple[str, str]
    higher_is_better: bool
    value: Callable[[Any], float]
    units: tuple[float, ...] | None = None


def metric_name(metric: str, pipeline: str) -> str:
    """`metric,filter`, and `metric` alone for the filter that is called none."""
    return metric if pipeline == "none" else f"{metric},{pipeline}"


def weighs_items(task: Any) -> bool:
    """Has it metrics to which items count by their words or bytes?"""
    return any(aggregation in _weighted() for aggregation in task.aggregation().values())


def item_metrics(task: Any, tried: Sequence[Results]) -> tuple[ItemMetric, ...]:
    """The metrics of a task that are means over items; perplexities as their natural logarithm.

    tried: the results of items for some answers, whatever they are; they show which metrics there
    are and, where items weigh differently (all are tried then), how much each item weighs. What a
    task does not call better or worse, or gives only for some items, is left out.
    """
    from lm_eval.api import metrics as known

    values: dict[Any, Callable[[Any], float]] = {
        known.mean: float,
        known.nanmean: float,
        known.perplexity: _surprise,
        known.weighted_perplexity: _surprise_per_unit,
        known.bits_per_byte: _bits_per_unit,
    }
    directions, aggregations = task.higher_is_better(), task.aggregation()
    found: list[ItemMetric] = []
    for source in tried[0] if tried else ():
        metric, pipeline = source
        aggregation = aggregations.get(metric, known.mean)
        higher = directions.get(metric)
        value = values.get(aggregation)
        results = [of_item.get(source) for of_item in tried]
        if higher is None or value is None:
            continue
        units = None
        if aggregation in _weighted():
            pairs = [r for r in results if isinstance(r, tuple) and len(r) == 2]
            units = tuple(float(unit) for _, unit in pairs)
            if len(units) < len(results):
                continue
            if min(units) < 0 or sum(units) == 0:
                continue
        elif not all(isinstance(r, Real | np.bool_) and not math.isnan(r) for r in results):
            continue
        name = metric_name(metric, pipeline)
        found.append(ItemMetric(name, source, bool(higher), value, units))
    return tuple(found)


def aggregated(task: Any, results: Sequence[Results]) -> Totals:
    """(metric, filter) -> (value, standard error), as lm-eval aggregates the results of all items.

    The standard error is that of a mean; lm-eval draws it for other metrics, here it is None.
    """
    from lm_eval.api import metrics as known

    by_metric: dict[tuple[str, str], list[Any]] = {}
    for of_item in results:
        for source, result in of_item.items():
            by_metric.setdefault(source, []).append(result)
    errors = {known.mean: known.mean_stderr, known.acc_all: known.acc_all_stderr}
    found: dict[tuple[str, str], tuple[float, float | None]] = {}
    for source, values in by_metric.items():
        aggregation = task.aggregation().get(source[0], known.mean)
        error = errors.get(aggregation) if len(values) > 1 else None
        found[source] = aggregation(values), None if error is None else float(error(values))
    return found


def _weighted() -> tuple[Callable[..., float], ...]:
    from lm_eval.api import metrics as known

    return known.weighted_perplexity, known.bits_per_byte


def _surprise(result: float) -> float:
    return -float(result)


def _surprise_per_unit(result: tuple[float, float]) -> float:
    """-log-likelihood per word or byte; nothing for an item without any."""
    return -float(result[0]) / result[1] if result[1] else 0.0


def _bits_per_unit(result: tuple[float, float]) -> float:
    return _surprise_per_unit(result) / math.log(2)
