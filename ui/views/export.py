"""Export: a recipe, its model card, its model; to a folder, a bucket or the Hugging Face hub."""

import shlex
import sys
from pathlib import Path

import streamlit as st

from evolve.export import RECIPE_FILE, license_of, model_card
from evolve.store import TrialRow
from evolve.visible import visible
from search_spaces.recipe import Recipe, as_yaml, stored_recipe
from ui import commands, export_wish, gate, queries
from ui.export_wish import Place, What, Wish
from ui.formats import estimated, file_name, plain
from ui.page import of_search
from ui.picking import on_report, pick_trial
from ui.queries import Known, Store

_CAPTION = "Take a recipe with you, or write its merged model to where it is needed."
_TEXT_PX = 560
_LINES = 40  # of a command's output that are shown
_PLACES: dict[Place, str] = {
    "folder": "A folder on this machine",
    "bucket": "A bucket (s3://, gs://)",
    "hub": "The Hugging Face hub",
}
_WHAT: dict[What, str] = {
    "model": "The whole model",
    "recipe": "Recipe and model card, without weights",
    "front": "Every point of the Pareto front",
}


def _body(store: Store, known: Known) -> None:
    trial = pick_trial(store, known)
    if trial is None:
        st.info(
            "This search has no trial yet: the parents are being opened. The first ones can be "
            "exported within minutes.",
            icon=":material/hourglass_empty:",
        )
        return
    _said_of(known, trial)
    name = file_name(f"{known.search.name}-trial-{trial.number}")
    left, right = st.columns(2, gap="large")
    with left:
        shown = st.segmented_control(
            "Shown",
            ["Recipe", "Model card"],
            default="Recipe",
            required=True,
            key="export_text",
            label_visibility="collapsed",
        )
        _card(known, trial, name) if shown == "Model card" else _recipe(trial, name)
    with right:
        _model(store, known, trial, name)


def _said_of(known: Known, trial: TrialRow) -> None:
    """What is to be known of a trial before it is taken for the answer."""
    if trial.id == known.search.chosen_trial_id:
        words = f"The chosen recipe of this search. {on_report(known) or estimated(trial)}."
        st.success(plain(words), icon=":material/star:")
    elif known.search.chosen_trial_id is not None:
        words = "This is not the recipe that the search chose; its score on search items flatters."
        st.info(words, icon=":material/info:")
    elif trial.scored:
        st.info(
            "This search has not chosen yet: finalists are compared on items that they have not "
            "seen. Until then scores flatter.",
            icon=":material/hourglass_top:",
        )
    else:
        words = f"It has no score: {trial.reason or 'it has not been scored yet'}."
        st.warning(plain(words), icon=":material/warning:")


def _recipe(trial: TrialRow, name: str) -> None:
    st.caption("As mergekit reads it.")
    text = as_yaml(trial.recipe)
    st.code(visible(text), language="yaml", height=_TEXT_PX, wrap_lines=True)
    st.download_button(
        "Download as mergekit YAML",
        text,
        file_name=f"{name}.yml",
        mime="application/yaml",
        icon=":material/download:",
        on_click="ignore",
    )


def _card(known: Known, trial: TrialRow, name: str) -> None:
    st.caption(
        "README.md of the model, in the format of the hub. It gets the licence that the parents' "
        "cards name, where all name the same."
    )
    recipe = stored_recipe(trial.recipe)
    text = model_card(
        name,
        recipe,
        licenses=_licenses(recipe),
        search=known.search,
        trial=trial,
        summary=known.summary,
    )
    st.code(visible(text), language="markdown", height=_TEXT_PX, wrap_lines=True)
    st.download_button(
        "Download the model card",
        text,
        file_name="README.md",
        mime="text/markdown",
        icon=":material/download:",
        on_click="ignore",
    )


def _licenses(recipe: Recipe) -> list[str]:
    """Of parents that are folders here; those of the hub are looked up when the model is
    written.
    """
    found = [license_of(Path(model.split("+")[0])) for model in recipe.references()]
    return [one for one in found if one is not None] if all(found) else []


def _model(store: Store, known: Known, trial: TrialRow, name: str) -> None:
    st.subheader("Write the model", anchor=False)
    if gate.is_shared():  # visitors write nothing on the machine that shows them pages
        _to_copy(store, known, trial, name)
        return
    what = _what(known)
    pushable = _hub_problem()
    places: list[Place] = ["folder", "bucket"]
    if pushable is None and what == "model":
        places.append("hub")
    key = f"{known.search.digest}_{trial.number}"
    place: Place = st.radio("Where to", places, format_func=_PLACES.__getitem__)
    if pushable is not None:
        st.caption(pushable)
    to, private = _fields(place, what, known, name, key)
    replace = st.checkbox(
        "Replace an older export that is there",
        help="It stays until the new one is whole. What is no export is never replaced.",
        key=f"replace_{key}_{place}",
    )
    wish = Wish(known.search.digest[:12], trial.number, what, place, to, private, replace)
    wrong = export_wish.problem(wish)
    if wrong is None:
        st.caption("The command that does it, here or in a terminal:")
        st.code(visible(_line(store, export_wish.words(wish))), language="bash", wrap_lines=True)
    elif to.strip():
        st.warning(plain(wrong), icon=":material/edit:")
    else:
        st.caption(plain(wrong))
    label = "Push the model" if place == "hub" else "Write it"
    icon = ":material/cloud_upload:" if place != "folder" else ":material/save:"
    if st.button(label, type="primary", icon=icon, disabled=wrong is not None, key="export_go"):
        _run(store, wish)


def _what(known: Known) -> What:
    offered: list[What] = ["model", "recipe"]
    if known.summary["front"] is not None:
        offered.append("front")
    found: What = st.selectbox("What", offered, format_func=_WHAT.__getitem__, key="export_what")
    if found == "front":
        count = len(known.summary["front"]["rows"])
        st.caption(f"{count:,} folders, with what each scored in front.json.")
    return found


def _fields(place: Place, what: What, known: Known, name: str, key: str) -> tuple[str, bool]:
    """(what was typed, private)"""
    if what == "front":
        name = file_name(f"{known.search.name}-front")
    if place == "folder":
        typed = st.text_input("Folder", str(Path.cwd() / name), key=f"folder_{what}_{key}")
        return typed or "", False
    if place == "bucket":
        hint = f"s3://bucket/{name}"
        typed = st.text_input("Bucket and name", placeholder=hint, key=f"bucket_{what}_{key}")
        return typed or "", False
    typed = st.text_input("Name on the hub", placeholder=f"org/{name}", key=f"hub_{key}")
    private = st.checkbox(
        "Private",
        value=True,
        help="Only its owner sees it. That can be changed on the hub at any time.",
        key=f"private_{key}",
    )
    return typed or "", private


def _hub_problem() -> str | None:
    """Why nothing can be pushed from here; the token itself is never shown."""
    from huggingface_hub import constants, get_token

    if constants.is_offline_mode():
        return "Nothing is pushed to the Hugging Face hub: HF_HUB_OFFLINE is set."
    if get_token() is None:
        return (
            "To push to the Hugging Face hub, log in with `hf auth login`, or start the pages "
            "with HF_TOKEN set to a token that may write."
        )
    return None


def _to_copy(store: Store, known: Known, trial: TrialRow, name: str) -> None:
    st.caption(
        "By one of these commands, where the search can be read: to a folder, to a bucket, to the "
        "Hugging Face hub. They write safetensors, configuration, tokenizer and model card."
    )
    digest = known.search.digest[:12]
    targets: list[tuple[Place, str]] = [
        ("folder", f"./{name}"),
        ("bucket", f"s3://BUCKET/{name}"),
        ("hub", f"ORG/{name}"),
    ]
    lines = []
    for place, to in targets:
        wish = Wish(digest, trial.number, "model", place, to, private=place == "hub")
        words = [
            to if word == export_wish.folder_of(to) else word for word in export_wish.words(wish)
        ]
        lines.append(_line(store, words))
    st.code(visible("\n".join(lines)), language="bash", wrap_lines=True)
    st.caption(f"Or from the recipe, saved as {RECIPE_FILE}:")
    merge = [["evolve", "merge", RECIPE_FILE, "--to", f"./{name}"]]
    merge.append(["mergekit-yaml", RECIPE_FILE, f"./{name}"])
    st.code("\n".join(map(shlex.join, merge)), language="bash", wrap_lines=True)


def _line(store: Store, words: list[str]) -> str:
    where = [] if store.url == queries.DEFAULT_URL else ["--store", queries.shown_url(store.url)]
    return shlex.join(["evolve", *words, *where])


def _run(store: Store, wish: Wish) -> None:
    """Shows the command's output while it comes, and how it ended."""
    argv = commands.evolve_argv(sys.executable, store.url, export_wish.words(wish))
    lines: list[str] = []
    code = 0
    with st.status("At work; stay on this page until it is done", expanded=True) as box:
        output = st.empty()
        for part in commands.output_of(argv, commands.environ_of(store.url)):
            if isinstance(part, int):
                code = part
            else:
                lines.append(visible(part))
                output.code("\n".join(lines[-_LINES:]), language=None, wrap_lines=True)
        if code == 0:
            box.update(label="Done", state="complete")
        else:
            label = f"It failed with exit code {code}"
            box.update(label=label, state="error", expanded=True)
    if code == 0:
        _done(wish)


def _done(wish: Wish) -> None:
    if wish.place == "folder":
        st.success(plain(export_wish.folder_of(wish.to)), icon=":material/folder:")
    elif wish.place == "bucket":
        st.success(plain(wish.to.strip()), icon=":material/cloud_done:")
    else:
        from huggingface_hub import constants

        url = f"{constants.ENDPOINT}/{wish.to.strip()}"
        st.success(plain(f"{wish.to.strip()} is on the hub."), icon=":material/cloud_done:")
        st.link_button("Open it there", url, icon=":material/open_in_new:")


of_search("Export", _CAPTION, _body)
