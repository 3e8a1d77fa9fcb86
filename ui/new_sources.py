"""Where the text of a new search file comes from: a form, a file of one's own, an example."""

from importlib.resources import files
from typing import Any

import streamlit as st

from search_spaces.methods import METHODS
from ui import checking
from ui.checking import RefusedError
from ui.formats import plain
from ui.new_search import Form, missing, yaml_of

TEXT = "new_text"  # the key of the text area that shows it
SAID = "new_said"  # why a file could not be taken
_FORM = "new_form_typed"
_EMPTY = {"workers": "one per GPU", "usd_per_hour": "not known"}


def sources() -> None:
    """Draws the three of them; each puts its text where the text area finds it."""
    form, upload, preset = st.tabs(["Form", "File of your own", "Example"])
    with form:
        _form()
    with upload:
        _upload()
    with preset:
        _preset()


def _form() -> None:
    typed: Form = st.session_state.get(_FORM, Form())
    with st.form("new_form", border=False):
        found: dict[str, Any] = {}
        found["name"] = st.text_input("Name", typed.name, help="letters, digits, . _ and -")
        found["base"] = st.text_input(
            "Base model",
            typed.base,
            placeholder="/models/base, or org/name on the Hugging Face hub",
            help="the common ancestor of the parents",
        )
        found["parents"] = st.text_area(
            "Parents, one per line",
            typed.parents,
            height=110,
            placeholder="maths: /models/maths\ncode: org/name",
            help="a path or a hub name; a name before it if you like; base+adapter for a LoRA "
            "adapter",
        )
        found["tasks"] = st.text_area(
            "Tasks, one per line",
            typed.tasks,
            height=90,
            placeholder="gsm8k\narc_easy",
            help="of lm-eval, or of the folder below",
        )
        found["task_folder"] = st.text_input("Folder with tasks of your own", typed.task_folder)
        st.caption("Items of each task: to search with, to choose with, and for the verdict")
        for column, split in zip(st.columns(3), ("search", "validation", "report"), strict=True):
            least = 10 if split == "report" else 1
            found[split] = column.number_input(
                split.capitalize(), min_value=least, value=getattr(typed, split), step=10
            )
        one, two = st.columns([2, 1])
        found["methods"] = tuple(
            one.multiselect(
                "Merge methods",
                [name for name in METHODS if name != "passthrough"],
                list(typed.methods),
                help="of several, which one is best is searched too",
            )
        )
        found["layer_groups"] = two.number_input(
            "Layer groups",
            min_value=1,
            value=typed.layer_groups,
            help="each group of layers has weights of its own",
        )
        columns = st.columns(3)
        numbers: list[tuple[str, str, Any, Any]] = [
            ("trials", "Trials", 1, 10),
            ("hours", "At most hours", 0.01, 1.0),
            ("usd", "At most dollars", 0.01, 1.0),
            ("usd_per_hour", "Dollars per worker, hour", 0.001, 0.5),
            ("workers", "Workers", 1, 1),
            ("seed", "Seed", 0, 1),
        ]
        for index, (key, label, least, step) in enumerate(numbers):
            found[key] = columns[index % 3].number_input(
                label,
                min_value=least,
                value=getattr(typed, key),
                step=step,
                placeholder=_EMPTY.get(key, "no limit"),
            )
        if st.form_submit_button(
            "Write the search file", type="primary", icon=":material/edit_document:"
        ):
            _write(Form(**found))


def _write(typed: Form) -> None:
    st.session_state[_FORM] = typed
    lacking = missing(typed)
    if lacking:
        st.error(plain(f"Still needed: {', '.join(lacking)}."), icon=":material/edit:")
        return
    _take(yaml_of(typed))
    st.rerun()


def _take(text: str) -> None:
    """The text area shows it, in the run that follows."""
    st.session_state[TEXT] = text
    st.session_state.pop(SAID, None)


def _upload() -> None:
    st.caption("A search file, or one of mergekit-evolve as it is.")
    st.file_uploader(
        "Search file",
        type=["yaml", "yml"],
        max_upload_size=1,
        key="new_upload",
        on_change=_uploaded,
        label_visibility="collapsed",
    )
    st.caption("Or paste its text into the field beside this.")


def _uploaded() -> None:
    found = st.session_state.get("new_upload")
    if found is None:
        return
    try:
        _take(checking.text_of(found.getvalue()))
    except RefusedError as error:
        st.session_state[SAID] = str(error)


def _preset() -> None:
    folder = files("search_spaces") / "presets"
    texts = {
        file.name: file.read_text(encoding="utf-8")
        for file in sorted(folder.iterdir(), key=lambda f: f.name)
        if file.name.endswith(".yaml")
    }
    name = st.selectbox("Example", list(texts), key="new_preset")
    st.caption(
        "A whole search file to start from. Its models and tasks are others than yours: change "
        "the paths."
    )
    st.button("Take it", icon=":material/content_copy:", on_click=_take, args=(texts[name],))
