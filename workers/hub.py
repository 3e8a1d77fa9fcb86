"""Models of the Hugging Face hub, by name and revision, in the hub's own cache (HF_HOME).

Only what a merge reads is downloaded: configurations, the tokenizer and safetensors; never pickles
or code. Every process fetches for itself; those of one machine share the cache and its locks.
"""

import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

from search_spaces.errors import ParentError
from search_spaces.model_names import HubModel, hub_model, split_reference
from search_spaces.reading import INDEX, load_json, read_bytes
from workers.hub_words import INDEX_FILE, check_files, in_words, is_away, unreachable

Kind = Literal["model", "adapter"]
Say = Callable[[str], None]

_SMALL = {
    "model": [
        *("config.json", "generation_config.json", "README.md", INDEX_FILE),
        *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"),
        *("added_tokens.json", "tokenizer.model", "vocab.json", "merges.txt"),
        *("chat_template.jinja", "chat_template.json", "additional_chat_templates/*.jinja"),
    ],
    "adapter": ["adapter_config.json", "README.md"],
}
_TIMEOUT_S = 8.0  # of the first question to the hub; one that is away is not asked again
_AWAY_S = 60.0
_found: dict[tuple[HubModel, Kind], Path] = {}
_away: list[float] = []  # when the hub could not be reached


class _NoHubError(Exception):
    """The hub cannot be asked, and the cache does not have the model."""


def model_folder(name: str, kind: Kind = "model") -> Path:
    """The folder that one half of a reference names: the one that is there, else the hub's.

    Raises: ParentError for a model that cannot be had, with what to do.
    """
    folder = Path(name).expanduser()
    model = None if folder.is_dir() else hub_model(name)
    if model is None:
        return folder
    try:
        return _fetched(model, kind, lambda line: None)
    except _NoHubError as error:
        raise ParentError(unreachable([model], str(error))) from None


def pinned(references: Iterable[str], say: Say) -> dict[str, str]:
    """Reference -> the same with every hub name at one commit, its files in the cache.

    say: gets a line for each name that was not pinned yet, and for each download.

    Raises: ParentError with all names that cannot be had; one line for all if the hub is away.
    """
    done: dict[str, str] = {}
    problems: list[str] = []
    lost: list[HubModel] = []
    why = ""
    for reference in dict.fromkeys(references):
        base, plus, adapter = split_reference(reference)
        halves = []
        for name, kind in ((base, "model"), (adapter, "adapter")):
            model = None if Path(name).expanduser().is_dir() else hub_model(name)
            if model is None:
                halves.append(name)
                continue
            try:
                commit = _fetched(model, "model" if kind == "model" else "adapter", say).name
            except _NoHubError as error:
                lost, why = [*lost, model], str(error)
                continue
            except ParentError as error:
                problems.append(str(error))
                continue
            halves.append(f"{model.repo}@{commit}")
            if not model.pinned:
                say(f"{model}: pinned to {commit[:12]}; write {halves[-1]} to keep it")
        done[reference] = plus.join(halves)
    if lost:
        problems.append(unreachable(list(dict.fromkeys(lost)), why))
    if problems:
        raise ParentError("\n".join(dict.fromkeys(problems)))
    return done


def _fetched(model: HubModel, kind: Kind, say: Say) -> Path:
    """The snapshot in the cache, named by its commit; asked for once per process."""
    if (model, kind) not in _found:
        try:
            _found[model, kind] = _fetch(model, kind, say)
        except (ParentError, _NoHubError):
            raise
        except Exception as error:  # whatever the hub's library and its HTTP client may raise
            raise in_words(error, model) from None
    return _found[model, kind]


def _fetch(model: HubModel, kind: Kind, say: Say) -> Path:
    from huggingface_hub import HfApi, constants

    if model.pinned and (folder := _cached(model, kind)) is not None:
        return folder
    why = "HF_HUB_OFFLINE is set" if constants.is_offline_mode() else _why_away()
    info = None
    if not why:
        try:
            info = HfApi().model_info(
                model.repo, revision=model.revision or "main", timeout=_TIMEOUT_S
            )
        except Exception as error:
            if not is_away(error):
                raise
            _away[:] = [time.monotonic()]
            why = f"{constants.ENDPOINT} cannot be reached"
    if info is None:
        folder = _cached(model, kind)
        if folder is None:
            raise _NoHubError(why)
        return folder
    files = {file.rfilename for file in info.siblings or ()}
    check_files(files, model, kind)
    exact = HubModel(model.repo, info.sha)
    folder = _cached(exact, kind)
    if folder is None or not model.pinned:  # a branch is looked up once more, to be remembered
        if folder is None:
            say(f"{model}: downloading into {constants.HF_HUB_CACHE}")
        folder = _download(model, kind)
    return folder


def _cached(model: HubModel, kind: Kind) -> Path | None:
    """What an earlier download has left, if it is whole."""
    try:
        folder = _download(model, kind, local_files_only=True)
    except (OSError, ParentError):
        return None
    wanted = [*_weights(folder, kind), f"{'adapter_' if kind == 'adapter' else ''}config.json"]
    return folder if all((folder / name).exists() for name in wanted) else None


_PLAIN = re.compile(r"[\w.-]+\.safetensors")


def _download(model: HubModel, kind: Kind, **how: Any) -> Path:
    """First what says which files hold the weights, then these."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs["disable"] = not sys.stderr.isatty()
            super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]

    small = _SMALL[kind]
    revision = model.revision or "main"
    first = snapshot_download(
        model.repo, revision=revision, allow_patterns=small, tqdm_class=Bar, **how
    )
    wanted = [*small, *_weights(Path(first), kind)]
    commit = Path(first).name
    return Path(
        snapshot_download(
            model.repo, revision=commit, allow_patterns=wanted, tqdm_class=Bar, **how
        )
    )


def _weights(folder: Path, kind: Kind) -> list[str]:
    """Files of weights; those at the top alone, since repositories keep other formats below."""
    if kind == "adapter":
        return ["adapter_model.safetensors"]
    index = folder / INDEX_FILE
    if not index.exists():
        return ["model.safetensors"]
    text = read_bytes(index, INDEX, ParentError)
    found = load_json(text, str(index), INDEX, ParentError)
    table = found.get("weight_map") if isinstance(found, dict) else None
    named = {str(v) for v in table.values()} if isinstance(table, dict) else set()
    return sorted(name for name in named if _PLAIN.fullmatch(name))  # not a pattern of others


def _why_away() -> str:
    """Why the hub need not be asked now; empty where it may answer."""
    from huggingface_hub import constants

    if _away and time.monotonic() - _away[0] < _AWAY_S:
        return f"{constants.ENDPOINT} cannot be reached"
    return ""
