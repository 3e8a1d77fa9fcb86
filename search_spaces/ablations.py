"""A recipe with one thing taken out: one of its models, or what one gene does."""

from search_spaces.errors import RecipeError
from search_spaces.methods import METHODS
from search_spaces.recipe import Recipe, Source
from search_spaces.space import Gene


def without(recipe: Recipe, model: str) -> Recipe:
    """The recipe as if that parent were not there.

    A method that has weights is given a weight of 0 for it, which takes it out of every sum, every
    election of signs and every normalization; others merge the models that are left.

    Raises: RecipeError where the method cannot do without it.
    """
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


def neutral_of(gene: Gene, method: str) -> float:
    """What to set a gene to, to see what it gave; see `Parameter.neutral`.

    Raises: RecipeError for a gene that has no such value.
    """
    if gene.choices:
        raise RecipeError("a choice has no neutral value")
    name = gene.name.split(".")[0]
    parameter = METHODS[method].parameter(name)
    if parameter is None:
        raise RecipeError(f"{method} has no '{name}'")
    if parameter.neutral is None:
        raise RecipeError(f"'{name}' of {method} has no neutral value")
    return parameter.neutral
