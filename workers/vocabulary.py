"""The vocabulary of a merged model: its tokens, its tokenizer's files, and where every model has
the row of each token.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from search_spaces.errors import RecipeError
from search_spaces.suggest import did_you_mean
from search_spaces.tokenizer import ModelTokenRow, TokenizerConfig, TokenRow
from workers.alignment import Alignment, GivenRow
from workers.parents import BY_TOKEN, Parent, read_json
from workers.tokenizer_files import ModelTokenizer, join, read_tokenizer, write_tokenizer

_SPECIAL_IDS = ("bos_token_id", "eos_token_id", "pad_token_id")


@dataclass(frozen=True)
class Vocabulary:
    """size: rows of the merged embedding; tokens: token -> its row."""

    size: int
    tokens: Mapping[str, int]
    alignment: Alignment
    special_ids: Mapping[str, Any]
    donor: ModelTokenizer
    tokenizer: Tokenizer

    def concerns(self, tensor: str) -> bool:
        """Is this an embedding or a head, by its name?"""
        return _is_by_token(tensor)

    def align(self, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """One embedding or head of some of the models: (V_model, *rest) -> (size, *rest).

        Raises: ParentError, RecipeError; see Alignment.align.
        """
        return self.alignment.align(tensors)

    def write(self, folder: Path) -> None:
        """Writes tokenizer.json, tokenizer_config.json and what belongs to them."""
        write_tokenizer(self.donor, self.tokenizer, folder)

    def config_changes(self) -> dict[str, Any]:
        """What to change in the base's config.json: vocab_size, and special ids that differ."""
        return {"vocab_size": self.size, **self.special_ids}


def plan_vocabulary(
    source: str,
    config: TokenizerConfig | None,
    base: Parent | None,
    models: Mapping[str, Parent],
) -> Vocabulary:
    """The vocabulary that a recipe asks for.

    source: `base`, `union`, one of `models`, or a folder with a tokenizer; base: the recipe's
    base_model, or None where it names none (the first of `models` then gives the tokenizer, and
    no model's rows come first); models: reference -> model, in the recipe's order.

    Raises: RecipeError for a reference or token that is not there; ParentError for a tokenizer.
    """
    config = config or TokenizerConfig(source=source)
    opened = _open(models)
    first = next(iter(models.values())) if base is None else base
    key = next((n for n, p in models.items() if p.reference == first.reference), None)
    main = opened[key] if key is not None else read_tokenizer(first.folder, rows_of(first))
    donor = main if source in ("base", "union") else _donor(source, opened)
    others = [t for t in opened.values() if t is not donor] if source == "union" else []
    joined = join(donor, others, config.tokens)
    tokens: dict[str, int] = joined.get_vocab(with_added_tokens=True)
    size = max(tokens.values()) + 1
    multiple = config.pad_to_multiple_of or 1
    size = -(-size // multiple) * multiple
    used = torch.zeros(size, dtype=torch.bool)
    used[list(tokens.values())] = True
    given = [_given(t, tokens[t], r, opened) for t, r in config.tokens.items()]
    alignment = Alignment(
        used=used,
        rows={name: _rows(tokens, tokenizer, size) for name, tokenizer in opened.items()},
        given=tuple(g for g in given if g is not None),
        base=None if base is None else key,
    )
    ids = _special_ids(donor.folder, first)
    return Vocabulary(size, tokens, alignment, ids, donor, joined)


def is_vocabulary_tensor(name: str, shape: Sequence[int], config: Mapping[str, Any]) -> bool:
    """Is this an embedding or a head, with one row per token? config: config.json's."""
    size = config.get("vocab_size")
    rows_fit = len(shape) > 0 and (not isinstance(size, int) or shape[0] == size)
    return rows_fit and _is_by_token(name)


def _is_by_token(name: str) -> bool:
    return any(name == end or name.endswith("." + end) for end in BY_TOKEN)


def rows_of(model: Parent) -> int | None:
    """The rows of a model's embedding, or None where it has none that is known."""
    for name, header in model.tensors.items():
        if is_vocabulary_tensor(name, header.shape, {}):
            return header.shape[0]
    return None


def _open(models: Mapping[str, Parent]) -> dict[str, ModelTokenizer]:
    """A base and the adapters on it share one tokenizer, which is read once."""
    read: dict[tuple[Path, int | None], ModelTokenizer] = {}
    opened = {}
    for name, model in models.items():
        place = (model.folder, rows_of(model))
        if place not in read:
            read[place] = read_tokenizer(*place)
        opened[name] = read[place]
    return opened


def _donor(source: str, opened: Mapping[str, ModelTokenizer]) -> ModelTokenizer:
    if source in opened:
        return opened[source]
    folder = Path(source)
    if not (folder / "tokenizer.json").exists():
        hint = did_you_mean(source, ["base", "union", *opened])
        raise RecipeError(
            "tokenizer source: expected base, union, a model of the recipe or a folder with "
            f"tokenizer.json, found '{source}'; {hint}"
        )
    return read_tokenizer(folder, None)


def _rows(tokens: Mapping[str, int], tokenizer: ModelTokenizer, size: int) -> torch.Tensor:
    """(size,) int64: the model's own row of every token, -1 where it has none."""
    found = torch.full((size,), -1, dtype=torch.int64)
    pairs = [(row, tokenizer.tokens[t]) for t, row in tokens.items() if t in tokenizer.tokens]
    if pairs:
        merged, own = torch.tensor(pairs, dtype=torch.int64).unbind(1)
        found[merged] = own
    return found


def _given(
    token: str, row: int, config: TokenRow, opened: Mapping[str, ModelTokenizer]
) -> GivenRow | None:
    """The row of `token` as a number; None where the general rule holds.

    Raises: RecipeError.
    """
    where = f"tokenizer.tokens.{token}"
    if config.source is None:
        if all(token not in t.tokens for t in opened.values()):
            raise RecipeError(
                f"{where}: no model has this token; give it a source: a model's token or "
                "{kind: zero}"
            )
        return None
    name = config.reference
    if name is None:
        return GivenRow(token, row, config.force, None, -1)
    if name not in opened:
        raise RecipeError(
            f"{where}: expected the source to be a model of the recipe, found '{name}'; "
            f"{did_you_mean(name, opened)}"
        )
    model = opened[name]
    other = config.source if isinstance(config.source, ModelTokenRow) else None
    if other is not None and other.token_id is not None:
        if model.rows is not None and other.token_id >= model.rows:
            raise RecipeError(
                f"{where}: token_id must lie below the {model.rows} rows of '{name}', found "
                f"{other.token_id}"
            )
        return GivenRow(token, row, config.force, name, other.token_id)
    wanted = token if other is None else str(other.token)
    if wanted not in model.tokens:
        raise RecipeError(
            f"{where}: '{name}' has no token '{wanted}'; name one of its tokens with "
            "{kind: model_token, model: ..., token: ...}, or take {kind: zero}"
        )
    return GivenRow(token, row, config.force, name, model.tokens[wanted])


def _special_ids(donor: Path, base: Parent) -> dict[str, Any]:
    """bos, eos and pad ids of the tokenizer's model, where they are not those of the base."""
    if donor == base.folder or not (donor / "config.json").exists():
        return {}
    config = read_json(donor / "config.json")
    return {k: config.get(k) for k in _SPECIAL_IDS if config.get(k) != base.config.get(k)}
