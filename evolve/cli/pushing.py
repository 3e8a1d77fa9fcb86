"""A trial's model to the Hugging Face hub, as one commit of a repository of its own."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from evolve.cli.exporting import CARD_FILE, pick_trial, texts_of, write_model
from evolve.cli.hub_target import EXPORTED, Target, check_card, said
from evolve.export import RECIPE_FILE
from evolve.masking import told
from evolve.store import Reader, SearchRow
from evolve.store.writing import record_export
from search_spaces.errors import ConfigError
from search_spaces.recipe import stored_recipe


@dataclass(frozen=True)
class Push:
    """What is pushed where. number: of the trial; the chosen one if None. folder: where it is
    written first; kept: does that stay?
    """

    engine: Engine
    search: SearchRow
    number: int | None
    target: Target
    folder: Path
    kept: bool


def write_for(push: Push, report: Any, *, replace: bool) -> dict[str, Any]:
    """The model folder, with its name on the hub on its card, which the hub has looked at before
    anything is merged. replace: an older export in a folder that stays.

    Raises: ConfigError, ParentError, CandidateError, EvolveError.
    """
    reader, name = Reader(push.engine), _name(push)
    trial = pick_trial(reader, push.search, push.number)
    texts = texts_of(reader, push.search, trial, name)
    check_card(texts[CARD_FILE], push.target)
    recipe = stored_recipe(trial.recipe)
    replace = replace and push.kept
    fingerprint = write_model(recipe, push.folder, texts, report, replace=replace)
    if push.kept:
        record_export(push.engine, trial.model_id, fingerprint, str(push.folder), name)
    return {
        "search": push.search.digest,
        "trial": trial.number,
        "folder": str(push.folder) if push.kept else None,
        "recipe": f"{push.folder if push.kept else push.target.url}/{RECIPE_FILE}",
        "files": sorted(p.name for p in push.folder.iterdir()),
    }


def push_written(push: Push, written: dict[str, Any]) -> dict[str, Any]:
    """What `write_for` wrote, to the hub; gives the same with `url` and `commit`.

    Raises: ConfigError and EvolveError with how to go on.
    """
    from workers.parents import open_parent

    search = push.search
    message = f"Trial {written['trial']} of search {search.name} ({search.digest[:12]})"
    commit = _push(push.folder, push.target, message, kept=push.kept)
    trial = pick_trial(Reader(push.engine), search, written["trial"])
    fingerprint = open_parent(str(push.folder)).fingerprint
    reference = f"{push.target.repo}@{commit}"
    record_export(push.engine, trial.model_id, fingerprint, reference, _name(push))
    where = written["recipe"] if push.kept else f"{push.target.url}/blob/{commit}/{RECIPE_FILE}"
    return {**written, "recipe": where, "url": push.target.url, "commit": commit}


def _name(push: Push) -> str:
    return push.target.repo.rpartition("/")[2]


@contextmanager
def folder_for(to: str | None, target: Target) -> Iterator[Path]:
    """Where the model is written before it is pushed: `to`, or a folder that is removed again.

    Raises: ConfigError for a URL, since nothing would be left of it to push again.
    """
    from evolve.cli.demo import cache_folder
    from evolve.cli.remote import is_url, local_path
    from workers.whole_folder import scratch_folder

    if to is not None:
        if is_url(to):
            raise ConfigError(f"--push with --to {to.partition('://')[0]}://: give --to a folder")
        yield local_path(to)
        return
    scratch = cache_folder().absolute() / "exports" / target.repo.replace("/", "--")
    with scratch_folder(scratch) as temporary:
        yield temporary / target.repo.rpartition("/")[2]


def _push(folder: Path, target: Target, message: str, *, kept: bool) -> str:
    """One commit with all files of `folder`, and without what an older export left; gives the
    commit. kept: does the folder stay?

    Raises: EvolveError with how to go on.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    print(f"evolve: pushing to {target.url}", file=sys.stderr)
    files = sorted(f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file())
    gone = sorted(n for n in (target.files or frozenset()) - set(files) if n.endswith(EXPORTED))
    api = HfApi(token=target.token)
    again = "the same command tries again"
    if kept:
        again = (
            f"the model is whole in {folder}; `hf upload {target.repo} {folder}` pushes it, or "
            "the same command with --replace"
        )
    with said(f"--push {target.repo}", target.token, again), _bars():
        if target.files is None:
            api.create_repo(target.repo, private=target.private or None)
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("ignore")  # the library's talk with itself
            warnings.simplefilter("default", UserWarning)  # what it says of the card
            done = api.create_commit(
                target.repo,
                operations=[
                    *(CommitOperationDelete(name) for name in gone),
                    *(CommitOperationAdd(name, str(folder / name)) for name in files),
                ],
                commit_message=message,
                parent_commit=target.commit,
            )
    for remark in remarks:
        print(f"evolve: {told(' '.join(str(remark.message).split()))}", file=sys.stderr)
    return str(done.oid)


@contextmanager
def _bars() -> Iterator[None]:
    """Bars of the hub's library where somebody watches a terminal, and none elsewhere."""
    from huggingface_hub.utils.tqdm import disable_progress_bars, enable_progress_bars

    if sys.stderr.isatty() or "HF_HUB_DISABLE_PROGRESS_BARS" in os.environ:
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
