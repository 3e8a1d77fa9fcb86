"""A recipe with one thing taken out: one of its models, or what one gene does."""

from collections.abc import Sequence

from search_spaces.errors import RecipeError
from search_spaces.methods import METHODS
from search_spaces.recipe import Recipe, Source
from search_spaces.space import Gene


def without(recipe: Recipe, model: str) -> Recipe:
    """The recipe as if that parent were not there.

    A method that has weights is given a weight of 0 for it, which takes it out of every sum, every
    election of signs and every normalization; others merge the models that are left. Of a merge
    of merges it is taken out of each that has it.

    Raises: RecipeError where the method cannot do without it.
    """
    if recipe.nested and model not in recipe.parents():
        return _inside(recipe, model)
    method = METHODS[recipe.merge_method]
    if model not in recipe.parents():
        raise RecipeError(f"{recipe.merge_method} starts from it")
    absent = next((p for p in method.parameters if p.absent is not None), None)
    least = method.inputs[0]
    if absent is None and any(len(recipe.merged(p)) <= least for p in recipe.pieces()):
        others = "" if method.base == "ignored" else " besides its base"
        raise RecipeError(
            f"{recipe.merge_method} needs {least} model{'s' * (least > 1)}{others}, and there "
            "would be fewer"
        )

    def left(sources: tuple[Source, ...]) -> tuple[Source, ...]:
        if absent is None:
            return tuple(s for s in sources if s.model != model)
        gone = {absent.name: absent.absent}
        return tuple(
            s.model_copy(update={"parameters": s.parameters | gone}) if s.model == model else s
            for s in sources
        )

    changed = {
        "models": left(recipe.models),
        "slices": tuple(s.model_copy(update={"sources": left(s.sources)}) for s in recipe.slices),
    }
    return Recipe.model_validate(recipe.model_copy(update=changed).model_dump())


def methods_of(recipe: Recipe) -> tuple[str, ...]:
    """The merge methods it uses, those of nested merges too."""
    inner = (method for found in recipe.nested.values() for method in methods_of(found))
    return tuple(dict.fromkeys((recipe.merge_method, *inner)))


def _inside(recipe: Recipe, model: str) -> Recipe:
    having = {name for name, r in recipe.nested.items() if model in r.parents()}
    if not having:
        raise RecipeError("every merge in it starts from it")
    changed = {
        name: without(inner, model) if name in having else inner
        for name, inner in recipe.nested.items()
    }
    return Recipe.model_validate(recipe.model_copy(update={"nested": changed}).model_dump())


def neutral_of(gene: Gene, methods: Sequence[str]) -> float:
    """What to set a gene to, to see what it gave; see `Parameter.neutral`. methods: of the recipe
    that it is a gene of.

    Raises: RecipeError for a gene that has no such value.
    """
    if gene.choices:
        raise RecipeError("a choice has no neutral value")
    names = {part.split(".")[0] for part in gene.name.split("=")}
    names = {name for part in names for name in part.split("+")}
    found: set[float] = set()
    known = [m for m in methods if any(METHODS[m].parameter(name) for name in names)]
    if not known:
        raise RecipeError(f"{'/'.join(methods)} has no '{'/'.join(sorted(names))}'")
    for method in known:
        for name in sorted(names):
            parameter = METHODS[method].parameter(name)
            if parameter is not None and parameter.neutral is None:
                raise RecipeError(f"'{name}' of {method} has no neutral value")
            if parameter is not None and parameter.neutral is not None:
                found.add(parameter.neutral)
    if len(found) > 1:
        raise RecipeError(f"what it sets is neutral at different values: {sorted(found)}")
    return found.pop()
