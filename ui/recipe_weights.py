"""The weights of a recipe over depth, for the page Recipe."""

import streamlit as st

from evolve import layer_weights
from evolve.layer_weights import ALL_PARENTS, LayerWeights
from evolve.recipe_words import short, stretches
from evolve.store import TrialRow
from search_spaces.recipe import Recipe, stored_recipe
from ui import figures
from ui.charts.frame import CONFIG
from ui.formats import plain
from ui.queries import Known, Store

_ONE_FOR_ALL = 3  # columns: embeddings, all layers, the end
_TOLD = {
    "weight": "how much of what a parent has learnt goes in",
    "density": "which part of a parent's changes is kept",
    "t": "0 is the first model, 1 the second",
    "lambda": "a factor on all that was learnt together",
}


def weights(store: Store, known: Known, trial: TrialRow) -> None:
    """A heat map of every parameter, and which layers run when where that is what is searched."""
    recipe = stored_recipe(trial.recipe)
    names = {ref: name for name, ref in known.search.config["parents"].items()}
    names |= {known.search.config["base"]: "base", ALL_PARENTS: ALL_PARENTS}
    path = stretches(recipe)
    if path:
        st.subheader("Which layers run, in order", anchor=False)
        st.caption(
            "Each bar is a stretch of layers with the numbers they have where they come from. "
            "x: the factor on what they add, where it is not 1."
        )
        labels = [s.source if s.merged else names.get(s.source, short(s.source)) for s in path]
        st.plotly_chart(figures.path_chart(path, labels), config=CONFIG, key="path")
    parameters = layer_weights.parameters_of(recipe)
    if parameters:
        _heat(store, known, recipe, parameters, names)
    elif not path:
        st.caption(
            plain(f"{recipe.merge_method} has no weights: it takes what it takes by itself.")
        )


def _heat(
    store: Store, known: Known, recipe: Recipe, parameters: list[str], names: dict[str, str]
) -> None:
    st.subheader("Weights, layer by layer", anchor=False)
    with st.container(horizontal=True, gap="medium"):
        name = _one_of("Parameter", parameters, "heat_parameter")
        parts = layer_weights.filters_of(recipe, name)
        part = _one_of("Tensors", parts, "heat_part") if parts else None
    found = layer_weights.weights_at(recipe, name, part=part, layers=_layers(store, known, recipe))
    told = f"{name}: {_TOLD[name]}. " if name in _TOLD else ""
    st.caption(plain(f"{told}{_where(found)}"))
    labels = [names.get(row, short(row)) for row in found.rows]
    st.plotly_chart(figures.weight_chart(found, name, labels), config=CONFIG, key="heat")


def _where(found: LayerWeights) -> str:
    """What the columns are."""
    if found.per_layer:
        return "Embeddings come before the layers, the final norm and the head after them."
    if len(found.columns) == _ONE_FOR_ALL:
        return "The same in every layer."
    return "Between these places the values go over into one another, layer by layer."


def _one_of(title: str, options: list[str], key: str) -> str:
    """A choice where there is one."""
    if len(options) == 1:
        return options[0]
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    return str(st.segmented_control(title, options, key=key, required=True, format_func=plain))


def _layers(store: Store, known: Known, recipe: Recipe) -> int | None:
    """Of the parents: from this recipe, from the search, or from the first that it asked."""
    found = layer_weights.layers_of_parents(recipe) or known.search.config.get("layers")
    mine = known.trials.where()
    if found is not None or not len(mine):
        return found
    first = store.reader.numbered(known.search.id, int(known.trials.number[mine[0]]))
    return None if first is None else layer_weights.layers_of_parents(stored_recipe(first.recipe))
