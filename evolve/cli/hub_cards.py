"""Small files of models on the Hugging Face hub, which say where a model came from; no weights."""

from pathlib import Path
from typing import Any

from evolve.ancestry.claims import FILES, Described
from evolve.ancestry.describing import describe
from search_spaces.errors import ConfigError, ParentError
from search_spaces.model_names import HubModel, hub_model
from search_spaces.reading import RECIPE, read_bytes

_TIMEOUT_S = 8.0
_MOST_BYTES = RECIPE.bytes


def is_offline() -> bool:
    """Does HF_HUB_OFFLINE say that nothing may be fetched?"""
    from huggingface_hub import constants

    return bool(constants.is_offline_mode())


def read_model(name: str) -> Described:
    """What the files of `org/name@revision` say; offline, those that the hub's cache has.

    Raises: ParentError for a model that cannot be had.
    """
    model = hub_model(name)
    if model is None:
        raise ParentError(f"'{name}' is no name of a model on the Hugging Face hub")
    found: dict[str, bytes] = {}
    problems: list[str] = []
    for file, place in (_cached(model) if is_offline() else _fetched(model, problems)).items():
        try:
            found[file] = read_bytes(place, RECIPE)
        except (OSError, ConfigError) as error:
            problems.append(f"{model}/{file}: {error}")
    if not found and not problems and is_offline():
        raise ParentError(
            f"'{model}': HF_HUB_OFFLINE is set, so nothing is fetched, and the hub's cache has "
            "none of its files"
        )
    return describe(model.repo, model.repo, found, None, tuple(problems))


def _cached(model: HubModel) -> dict[str, Path]:
    from huggingface_hub import try_to_load_from_cache

    found = {}
    for file in FILES:
        place = try_to_load_from_cache(model.repo, file, revision=model.revision)
        if isinstance(place, str):
            found[file] = Path(place)
    return found


def _fetched(model: HubModel, problems: list[str]) -> dict[str, Path]:
    from huggingface_hub import HfApi, hf_hub_download

    from workers.hub_words import in_words

    try:
        info: Any = HfApi().model_info(
            model.repo, revision=model.revision, timeout=_TIMEOUT_S, files_metadata=True
        )
        sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
        found = {}
        for file in FILES:
            if sizes.get(file, 0) > _MOST_BYTES:
                problems.append(f"{model}/{file}: {sizes[file]:,} bytes; not fetched")
            elif file in sizes:
                place = hf_hub_download(model.repo, file, revision=model.revision)
                found[file] = Path(place)
    except Exception as error:  # whatever the hub's library and its HTTP client may raise
        raise in_words(error, model) from None
    return found
