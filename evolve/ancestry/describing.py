"""All files of one model, put together: mergekit's file first, the card adds what it lacks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evolve.ancestry.cards import Card, adapter_base, hinted_origin, read_card
from evolve.ancestry.claims import Claim, Described
from evolve.ancestry.recipes import claims_of
from search_spaces.errors import ConfigError
from search_spaces.model_names import hub_model

_RECIPES = ("mergekit_config.yml", "mergekit_moe_config.yml")


def describe(
    name: str,
    reference: str,
    files: Mapping[str, bytes],
    folder: Path | None = None,
    problems: tuple[str, ...] = (),
) -> Described:
    """files: those of `claims.FILES` that are there; folder: where they lie, for names of folders
    in them; None for a model of the hub. What cannot be read is a problem, and the rest counts.
    """
    found = _Found(reference, folder, problems=list(problems))
    card = found.card(files)
    recipe = found.merged(files)
    found.trained(files, card)
    found.hinted(files)
    return Described(
        name,
        reference,
        tuple(found.claims.values()),
        card.license,
        recipe,
        tuple(found.remarks),
        tuple(found.problems),
    )


@dataclass
class _Found:
    """What is known so far. claims: by reference."""

    reference: str
    folder: Path | None
    claims: dict[str, Claim] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def card(self, files: Mapping[str, bytes]) -> Card:
        if "README.md" not in files:
            return Card()
        try:
            card, problems = read_card(files["README.md"], self._where("README.md"))
        except ConfigError as error:
            self.problems.append(str(error))
            return Card()
        self.problems += problems
        return card

    def merged(self, files: Mapping[str, bytes]) -> str | None:
        for name in _RECIPES:
            if name not in files:
                continue
            where = self._where(name)
            try:
                text = files[name].decode("utf-8")
                claims, unknown = claims_of(text, where)
            except UnicodeDecodeError as error:
                self.problems.append(f"{where}: no UTF-8 at byte {error.start}")
            except ConfigError as error:
                self.problems.append(str(error))
            else:
                if unknown:
                    self.remarks.append(unknown)
                for claim in claims:
                    self._add(claim.reference, claim.role, claim.weight)
                return text
        return None

    def trained(self, files: Mapping[str, bytes], card: Card) -> None:
        """What the card and the adapter's config say, as far as no recipe said it."""
        adapter = self._read(adapter_base, files, "adapter_config.json")
        merged = bool(self.claims)
        several = len(card.base_models) > 1
        relation = card.relation or (
            "adapter" if "adapter_config.json" in files else "merge" if several else "finetune"
        )
        known = {_last(r) for r in self.claims}
        new = [m for m in card.base_models if not (merged and _last(self._of(m)) in known)]
        for model in new:
            self._add(model, "merge" if merged else relation, None)
        if merged and new:
            said = ", ".join(new[:5])
            self.remarks.append(f"only its card names {said}; the weights are its mergekit file's")
        if adapter is None:
            return
        first = self._of(adapter)
        if first in self.claims or _last(first) in {_last(r) for r in self.claims}:
            return
        if self.claims and not merged:
            self.remarks.append(
                f"its adapter_config.json names {adapter}, its card {', '.join(card.base_models)}"
            )
        self._add(adapter, "adapter", None)

    def hinted(self, files: Mapping[str, bytes]) -> None:
        """The last hint, where nothing else says anything."""
        if self.claims:
            return
        hint = self._read(hinted_origin, files, "config.json")
        if hint is not None and _last(self._of(hint)) != _last(self.reference):
            self._add(hint, "finetune", None)

    def _read(
        self, read: Callable[[bytes, str], str | None], files: Mapping[str, bytes], name: str
    ) -> str | None:
        if name not in files:
            return None
        try:
            return read(files[name], self._where(name))
        except ConfigError as error:
            self.problems.append(str(error))
            return None

    def _add(self, named: str, role: str, weight: float | None) -> None:
        reference = self._of(named)
        self.claims.setdefault(reference, Claim(reference, role, weight))

    def _of(self, named: str) -> str:
        return referred(named, self.folder, self.reference)

    def _where(self, file: str) -> str:
        return f"{self.reference}/{file}"


def referred(named: str, folder: Path | None, by: str) -> str:
    """The model that a file means: a name on the hub without its revision, a folder by its whole
    path, `base+adapter` of such, or the name with who used it, where nothing else can be known.

    folder: where the file lies, None on the hub; by: the model whose file it is.
    """
    base, plus, adapter = named.partition("+")
    if plus and base and adapter:
        return f"{referred(base, folder, by)}+{referred(adapter, folder, by)}"
    found = hub_model(named)
    is_path = named.startswith(("/", "./", "../", "~")) or "\\" in named
    if folder is not None and not is_path:
        beside = [place / named for place in (folder, folder.parent)]
        is_path = any(_is_folder(place) for place in beside)
        folder = next((p.parent for p in beside if _is_folder(p)), folder)
        named = Path(named).name if is_path else named
    if is_path and folder is not None:
        try:
            return str((folder / Path(named).expanduser()).resolve())
        except (OSError, ValueError, RuntimeError):
            pass
    if found is not None and not is_path:
        return found.repo
    if not is_path and "/" not in named:
        return named.partition("@")[0] or named  # the hub's oldest models have no owner
    return f"{named} (as {by} names it)"


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except (OSError, ValueError):
        return False


def _last(reference: str) -> str:
    """By which a card's name of a folder is known again."""
    return Path(reference.partition(" (as ")[0]).name.casefold()
