"""A repository of the Hugging Face hub that a model is pushed to: may it be, and is it free?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from evolve.masking import masked
from search_spaces.errors import ConfigError, EvolveError
from search_spaces.model_names import hub_model
from workers.whole_folder import foreign

_HUBS_OWN = {".gitattributes"}  # in every repository from its beginning
# What an older export may have left that the new one has not: more shards, another tokenizer.
EXPORTED = (".safetensors", ".json", ".yml", ".jinja", ".model", ".txt")


@dataclass(frozen=True)
class Target:
    """A repository that may be written, as it was before. files: that it holds; None: it is not
    there yet. commit: the newest one then.
    """

    repo: str
    url: str
    private: bool
    token: str = field(repr=False)
    files: frozenset[str] | None
    commit: str | None


def check_target(name: str, *, private: bool = False, replace: bool = False) -> Target:
    """Before anything is merged: a name, a token that may write there, and a free place.

    replace: what was pushed there before may be taken away; its commits stay on the hub.

    Raises: ConfigError with what to do; EvolveError where the hub cannot be reached.
    """
    from huggingface_hub import constants, get_token

    found = hub_model(name)
    if found is None or found.revision is not None:
        raise ConfigError(
            f"--push {name!r}: expected a name of the Hugging Face hub, as org/name or user/name, "
            "without a revision"
        )
    if constants.is_offline_mode():
        raise ConfigError(
            f"--push {name}: HF_HUB_OFFLINE is set, so the hub is not asked; unset it, or write a "
            "folder with --to and push that later: `hf upload NAME FOLDER`"
        )
    token = get_token()
    if token is None:
        raise ConfigError(
            f"--push {name}: no token of the Hugging Face hub; make one that may write at "
            "https://huggingface.co/settings/tokens and set HF_TOKEN to it, or `hf auth login`"
        )
    with said(f"--push {name}", token, "nothing was merged or pushed"):
        _check_account(found.repo, token)
        return _free(found.repo, token, private, replace)


def check_card(card: str, target: Target) -> None:
    """What the hub says of a model card, before anything is merged.

    Raises: ConfigError with what it refuses.
    """
    from huggingface_hub import ModelCard

    with said(f"--push {target.repo}: its model card", target.token, "nothing was merged"):
        ModelCard(card, ignore_metadata_errors=True).validate()


def _check_account(repo: str, token: str) -> None:
    """Raises: ConfigError for a token that only reads, and for a place of others."""
    from huggingface_hub import HfApi

    account: dict[str, Any] = HfApi(token=token).whoami()
    role = account.get("auth", {}).get("accessToken", {}).get("role")
    if role == "read":
        raise ConfigError(
            f"--push {repo}: the token may only read; make one that may write at "
            "https://huggingface.co/settings/tokens"
        )
    mine = [account.get("name"), *(org.get("name") for org in account.get("orgs") or ())]
    owner = repo.partition("/")[0]
    if owner.lower() not in (str(name).lower() for name in mine):
        names = ", ".join(str(name) for name in mine if name)
        raise ConfigError(
            f"--push {repo}: the token's account may not write to '{owner}'; it may to: {names}"
        )


def _free(repo: str, token: str, private: bool, replace: bool) -> Target:
    """A repository without files is free: a push that broke off leaves one.

    Raises: ConfigError for one that is taken.
    """
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import RepositoryNotFoundError

    url = f"{constants.ENDPOINT}/{repo}"
    try:
        info = HfApi(token=token).model_info(repo)
    except RepositoryNotFoundError:
        return Target(repo, url, private, token, None, None)
    files = frozenset(f.rfilename for f in info.siblings or ()) - _HUBS_OWN
    if files and not replace:
        raise ConfigError(
            f"{url}: is there already; give another name with --push, or replace an older export "
            "with --replace (its commits stay on the hub)"
        )
    # Pictures, a licence and the like of its owner stay; what is no export at all is not touched.
    why = foreign(name for name in files if name.endswith(EXPORTED)) if files else None
    if why is not None:
        raise ConfigError(f"{url}: --replace takes away older exports only, and this {why}")
    if private and not info.private:
        raise ConfigError(
            f"{url}: is public, and --private was given; change that on its page, or give another "
            "name"
        )
    return Target(repo, url, private, token, files, info.sha)


@contextmanager
def said(where: str, token: str, next_step: str) -> Iterator[None]:
    """What the hub's library raises, as one clear error that repeats no secret."""
    try:
        yield
    except EvolveError:
        raise
    except Exception as error:
        text = f"{where}: {_words(error)}; {next_step}"
        kind = ConfigError if _status(error) in (401, 403) else EvolveError
        raise kind(masked(text).replace(token, "***")) from None


def _words(error: Exception) -> str:
    from huggingface_hub import constants

    from workers.hub_words import is_away

    status = _status(error)
    if status == 401:
        return (
            "the hub does not know the token (it may have been revoked); make a new one at "
            "https://huggingface.co/settings/tokens and set HF_TOKEN to it, or `hf auth login`"
        )
    if status == 403:
        return "the token may not do this; make one that may write to that repository"
    if status == 412:
        return "somebody else has written to the repository meanwhile"
    # An upload says only that it failed; why, says what caused that.
    chain = list(_chain(error))
    away = next((one for one in chain if is_away(one)), None)
    if away is not None:
        answer = _status(away)
        return f"{constants.ENDPOINT} " + (
            "cannot be reached" if answer is None else f"answers with error {answer}"
        )
    lines = [line.strip() for one in chain for line in str(one).splitlines() if line.strip()]
    return f"the hub refused it ({' '.join(dict.fromkeys(lines[:4]))[:400]})"


def _chain(error: BaseException) -> Iterator[Exception]:
    """The error and what caused it."""
    cause: BaseException | None = error
    while isinstance(cause, Exception):
        yield cause
        cause = cause.__cause__


def _status(error: BaseException) -> int | None:
    for one in _chain(error):
        found = getattr(getattr(one, "response", None), "status_code", None)
        if isinstance(found, int):
            return found
    return None
