"""Export: the recipe as mergekit YAML, or the whole model folder."""

import sys
from pathlib import Path

import streamlit as st

from evolve.store import SearchRow, TrialRow
from evolve.visible import visible
from search_spaces.recipe import as_yaml
from ui import commands, gate, queries, states
from ui.choosing import choose_search
from ui.formats import file_name, plain, score
from ui.palette import NAMES
from ui.queries import Store

_RECIPE_PX = 520


def page() -> None:
    st.title("Export", anchor=False)
    st.caption("Take a recipe with you, or write its merged model to a folder.")
    store = queries.open_store()
    searches = store.reader.searches()
    if not searches:
        states.no_searches(queries.shown_url(store.url))
        return
    left, right = st.columns(2)
    with left:
        search = choose_search(store, searches)
    found = queries.mergeable(queries.whole(store, search).trials, search.chosen_trial_id)
    if not found:
        st.info(
            "This search has no scored merge yet; the first one can be exported at once.",
            icon=":material/hourglass_empty:",
        )
        return
    with right:
        trial = _choose_trial(search, found)
    if search.chosen_trial_id is None:
        st.info(
            "This search has no verdict yet, so this is the best on search items so far.",
            icon=":material/hourglass_top:",
        )
    name = file_name(f"{search.name}-trial-{trial.number}")
    left, right = st.columns(2, gap="large")
    with left:
        _recipe(trial, name)
    with right:
        _model(store, search, trial, name)


def _choose_trial(search: SearchRow, found: list[TrialRow]) -> TrialRow:
    """found: the best first; the chosen one is offered before them."""
    ordered = sorted(found, key=lambda t: t.id != search.chosen_trial_id)
    by_id = {t.id: t for t in ordered}
    picked: int = st.selectbox(
        "Trial",
        list(by_id),
        format_func=lambda i: _label(by_id[i], i == search.chosen_trial_id),
        key=f"trial_{search.digest}",
    )
    return by_id[picked]


def _label(trial: TrialRow, chosen: bool) -> str:
    kind = "chosen" if chosen else trial.origin
    name = (
        trial.name if trial.name == f"trial {trial.number}" else f"{trial.name} (#{trial.number})"
    )
    return f"{visible(name)} · {NAMES.get(kind, kind)} · search score {score(trial.fitness)}"


def _recipe(trial: TrialRow, name: str) -> None:
    st.subheader(plain(f"Recipe of {trial.name}"), anchor=False)
    st.code(visible(as_yaml(trial.recipe)), language="yaml", height=_RECIPE_PX, wrap_lines=True)
    st.download_button(
        "Download as mergekit YAML",
        as_yaml(trial.recipe),
        file_name=f"{name}.yml",
        mime="application/yaml",
        icon=":material/download:",
        on_click="ignore",
    )


def _model(store: Store, search: SearchRow, trial: TrialRow, name: str) -> None:
    st.subheader("Model folder", anchor=False)
    if gate.is_shared():  # visitors write nothing on the machine that shows them pages
        st.caption("Safetensors, configuration, tokenizer and model card, by a command:")
        url = None if store.url == queries.DEFAULT_URL else queries.shown_url(store.url)
        lines = commands.shown(search.digest[:12], trial.number, f"./{name}", url)
        st.code(lines, language="bash", wrap_lines=True)
        return
    st.caption(
        "Safetensors, configuration, tokenizer and model card, written on the machine that shows "
        "these pages."
    )
    typed = st.text_input(
        "Folder", str(Path.cwd() / name), key=f"folder_{search.digest}_{trial.number}"
    )
    pressed = st.button(
        "Write the model folder",
        type="primary",
        icon=":material/save:",
        disabled=not typed.strip(),
    )
    if pressed:
        folder = str(Path(typed.strip()).expanduser().resolve())
        argv = commands.export_argv(sys.executable, store.url, search.digest, trial.number, folder)
        _run(argv, folder)


def _run(argv: list[str], folder: str) -> None:
    """Shows the command's output while it comes, and how it ended."""
    lines: list[str] = []
    code = 0
    with st.status("Writing the model; stay on this page until it is done", expanded=True) as box:
        output = st.empty()
        for part in commands.output_of(argv):
            if isinstance(part, int):
                code = part
            else:
                lines.append(visible(part))
                output.code("\n".join(lines[-40:]), language=None, wrap_lines=True)
        if code == 0:
            box.update(label="The model is written", state="complete")
        else:
            label = f"The export failed with exit code {code}"
            box.update(label=label, state="error", expanded=True)
    if code == 0:
        st.success(plain(folder), icon=":material/folder:")


page()
