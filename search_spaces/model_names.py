"""How recipes name models: a folder, `org/name@revision` on the Hugging Face hub, or two of them
as `base+adapter` for a LoRA adapter on its base.

A folder that is there wins over a model of the hub by the same name.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from search_spaces.errors import RecipeError

_PART = r"[A-Za-z0-9](?:[\w.-]*[\w])?"
_HUB = re.compile(rf"(?P<repo>{_PART}/{_PART})(?:@(?P<revision>[\w][\w./-]*))?", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class HubModel:
    """`org/name` on the Hugging Face hub at a branch, a tag or a commit; None: its main branch."""

    repo: str
    revision: str | None = None

    @property
    def pinned(self) -> bool:
        """Is it one commit, which never changes?"""
        return self.revision is not None and _COMMIT.fullmatch(self.revision) is not None

    def __str__(self) -> str:
        return self.repo if self.revision is None else f"{self.repo}@{self.revision}"


def split_reference(reference: str) -> tuple[str, str, str]:
    """(base, "+", adapter) of `base+adapter`; a folder whose name has a plus is itself."""
    if Path(reference).expanduser().is_dir():
        return reference, "", ""
    base, plus, adapter = reference.rpartition("+")
    return (base, plus, adapter) if plus else (reference, "", "")


def hub_model(name: str) -> HubModel | None:
    """What one half of a reference names on the hub; None for a path."""
    found = _HUB.fullmatch(name)
    if found is None or ".." in name or "--" in found["repo"]:
        return None
    return HubModel(found["repo"], found["revision"])


def absolute(reference: str, folder: Path) -> str:
    """Each half made absolute against `folder`, but for names on the hub, which stay.

    Raises: RecipeError for what can be no path.
    """
    try:
        whole = (folder / Path(reference).expanduser()).resolve()
        if whole.is_dir() or "+" not in reference:
            return _one(reference, folder)
        base, _, adapter = reference.rpartition("+")
        return "+".join(_one(part, folder) for part in (base, adapter))
    except (OSError, ValueError, RuntimeError) as error:  # too long, NUL, an unknown ~user
        why = getattr(error, "strerror", None) or str(error)
        raise RecipeError(f"model {reference[:80]!r}: cannot be a path: {why}") from None


def short_name(reference: str) -> str:
    """The last part of a path or a hub name, without its revision: of the adapter, for LoRA.

    `org/name-1.5b@main` gives `name-1-5b`: letters, digits, `-` and `_` only.
    """
    last = split_reference(reference)[2] or reference
    found = hub_model(last)
    stem = found.repo if found is not None else last
    return re.sub(r"[^\w-]+", "-", Path(stem).name).strip("-") or "parent"


def _one(name: str, folder: Path) -> str:
    """A folder, there or not, as an absolute path; a name that only the hub can know as it is.

    `models/x` is a path where there is a folder `models`, and a hub name where there is none.
    """
    path = (folder / Path(name).expanduser()).resolve()
    if path.is_dir() or hub_model(name) is None or (folder / name.split("/")[0]).is_dir():
        return str(path)
    return name
