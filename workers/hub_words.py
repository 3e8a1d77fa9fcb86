"""What keeps a model of the Hugging Face hub from being had, in words: what, where, what to do."""

import errno

from search_spaces.errors import ParentError
from search_spaces.model_names import HubModel

INDEX_FILE = "model.safetensors.index.json"


def check_files(files: set[str], model: HubModel, kind: str) -> None:
    """Raises: ParentError for a repository that has nothing that can be merged."""
    if kind == "adapter":
        if not {"adapter_config.json", "adapter_model.safetensors"} <= files:
            raise ParentError(
                f"'{model}' on the Hugging Face hub: no LoRA adapter with safetensors "
                "(adapter_config.json, adapter_model.safetensors)"
            )
        return
    if {"model.safetensors", INDEX_FILE} & files and "config.json" in files:
        return
    if "adapter_config.json" in files:
        raise ParentError(
            f"'{model}' on the Hugging Face hub: a LoRA adapter; write it with its base, as "
            f"org/base+{model}"
        )
    pickled = any(name.endswith((".bin", ".pt", ".pth")) for name in files)
    has = "pickled weights only, which can run code" if pickled else "no safetensors"
    raise ParentError(
        f"'{model}' on the Hugging Face hub: has {has}. Convert it: "
        "https://huggingface.co/spaces/safetensors/convert opens a pull request, whose files are "
        f"{model.repo}@refs/pr/NUMBER; or save it to a folder with transformers: "
        "save_pretrained()"
    )


def is_away(error: Exception) -> bool:
    """No connection, no answer in time, or a hub that is down."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return bool(status >= 500)
    return isinstance(error, ConnectionError | TimeoutError) or any(
        "httpx" in kind.__module__ for kind in type(error).__mro__
    )


def unreachable(models: list[HubModel], why: str) -> str:
    names = ", ".join(f"'{model}'" for model in models)
    one = len(models) == 1
    return (
        f"{names}: no folder{'' if one else 's'} here, and not in the cache of the Hugging Face "
        f"hub ({_cache()}), which cannot be asked: {why}. Give folders, or fetch "
        f"{'it' if one else 'them'} where there is a network (`hf download NAME`) and copy that "
        "cache here"
    )


def in_words(error: Exception, model: HubModel) -> ParentError:
    """What the hub's library says, as what is wrong with this model and what to do."""
    from huggingface_hub import errors, get_token

    where = f"'{model}' on the Hugging Face hub"
    token = "HF_TOKEN's account" if get_token() else "HF_TOKEN is not set, so only public ones"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.RevisionNotFoundError):
        text = f"no branch, tag or commit '{model.revision}'; its page lists them"
    elif isinstance(error, errors.GatedRepoError) or status == 403:
        page = f"https://huggingface.co/{model.repo}"
        text = (
            f"access is for those who accepted its terms: do so on {page} and set HF_TOKEN to a "
            "token of that account" + (" (the one that is set has no access)" * bool(get_token()))
        )
    elif isinstance(error, errors.RepositoryNotFoundError) or status in (401, 404):
        seen = f"{token} can be seen" if not get_token() else f"{token} cannot see it"
        text = (
            f"no such model, or a private one ({seen}), and no folder of that name here; check "
            "the name"
        )
    elif _errno(error) in (errno.ENOSPC, errno.EDQUOT):
        text = f"the disk of its cache ({_cache()}) is full; free some, or set HF_HOME to another"
    else:
        line = next(iter(str(error).splitlines()), "")[:200]
        text = (
            f"the download broke off ({type(error).__name__}: {line}); the same command goes on "
            "where it stopped"
        )
    return ParentError(f"{where}: {text}")


def _cache() -> str:
    from huggingface_hub import constants

    return str(constants.HF_HUB_CACHE)


def _errno(error: BaseException | None) -> int | None:
    """Of the error, or of what caused it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error.errno
        error = error.__cause__ or error.__context__
    return None
