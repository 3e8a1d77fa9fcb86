"""What a recipe does, in words for model cards and the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search_spaces.model_names import hub_model
from search_spaces.recipe import Recipe
from search_spaces.resolve import mean_weights
from search_spaces.values import conditions_of


@dataclass(frozen=True)
class Stretch:
    """Consecutive layers of a merged model that are taken as they are, or times a scale.

    first: of them, in the merged model; source: a model reference, or the name of a merge inside
    the recipe (merged: then it is one); start, end: [start, end) in that.
    """

    first: int
    source: str
    start: int
    end: int
    scale: float | None = None
    merged: bool = False

    @property
    def layers(self) -> str:
        """Where it stands in the merged model."""
        return _span(self.first, self.first + self.end - self.start)

    @property
    def taken(self) -> str:
        """Which layers of the source they are."""
        return _span(self.start, self.end)


def stretches(recipe: Recipe) -> list[Stretch]:
    """Of a recipe that puts layers together; none for any other."""
    if recipe.merge_method != "passthrough" or not recipe.slices:
        return []
    found: list[Stretch] = []
    first = 0
    for piece in recipe.slices:
        source = piece.sources[0]
        start, end = source.layer_range or (0, 0)
        scale = _one_scale(source.parameters.get("scale"))
        found.append(
            Stretch(first, source.model, start, end, scale, source.model in recipe.nested)
        )
        first += end - start
    return found


def layers_of(recipe: Recipe, most: int = 24) -> str | None:
    """Which layers of which model run one after the other, in one line; None for a recipe that
    does not put layers together.
    """
    found = stretches(recipe)
    if not found:
        return None
    parts = [
        f"{s.taken} {s.source if s.merged else short(s.source)}" + _times(s) for s in found[:most]
    ]
    more = [f"and {len(found) - most} more"] if len(found) > most else []
    return ", ".join([*parts, *more])


def described(recipe: Recipe) -> str:
    """The kind of merge, as a sentence without an end."""
    models = _models(mean_weights(recipe))
    inner = list(dict.fromkeys(f"`{r.merge_method}`" for r in recipe.nested.values()))
    found = stretches(recipe)
    if found and all(s.merged for s in found):
        return f"A merge of {models}, each group of layers by {_either(inner)}"
    if found:
        total = sum(s.end - s.start for s in found)
        merges = f" and merges by {_either(inner)}" if inner else ""
        return f"{total} layers of {models}{merges}, one after the other by `passthrough`"
    merges = f", some of them merged by {_either(inner)} first" if inner else ""
    return f"A merge of {models} by `{recipe.merge_method}`{merges}"


def short(reference: str) -> str:
    """Folder names, without the machine's paths; names on the hub, without their commit."""
    return "+".join(_without_path(part) for part in reference.split("+"))


def _without_path(name: str) -> str:
    found = hub_model(name)
    if found is None:
        return Path(name).name
    return found.repo if found.pinned else name


def _models(weights: dict[str, float]) -> str:
    return "1 model" if len(weights) == 1 else f"{len(weights)} models"


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _span(start: int, end: int) -> str:
    return f"{start}" if end - start == 1 else f"{start}-{end - 1}"


def _times(stretch: Stretch) -> str:
    return "" if stretch.scale is None else f" x{stretch.scale:.3g}"


def _one_scale(value: Any) -> float | None:
    """The factor on what a layer adds: a number, or the one number that all filters have."""
    if isinstance(value, int | float):
        return float(value)
    named = [c.value for c in conditions_of(value) or () if c.filter is not None]
    numbers = {float(v) for v in named if isinstance(v, int | float)}
    return numbers.pop() if len(numbers) == 1 else None
