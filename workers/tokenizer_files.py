"""Tokenizers on disk: read, without the tokens that have no row; joined; written.

Through the `tokenizers` library, for ids: it numbers added tokens by itself and ignores the ids
that tokenizer.json says.
"""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer

from search_spaces.errors import ParentError
from workers.parents import read_json
from workers.trust import tokenizer_code

_ALWAYS = ("special_tokens_map.json", "chat_template.jinja", "generation_config.json")
# Other spellings of the same vocabulary; they would contradict a tokenizer.json that was changed.
_UNCHANGED = ("tokenizer.model", "vocab.json", "merges.txt", "added_tokens.json")
_CONFIG = "tokenizer_config.json"
_FLAGS = ("content", "lstrip", "normalized", "rstrip", "single_word", "special")
_NAMED = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token")


@dataclass(frozen=True)
class ModelTokenizer:
    """The tokenizer of one folder; `rows` is the number of its embedding's rows, None for any."""

    folder: Path
    whole: Tokenizer
    rows: int | None

    @cached_property
    def tokens(self) -> dict[str, int]:
        """token -> row, in the order of rows; without the tokens that have no row."""
        table: dict[str, int] = self.whole.get_vocab(with_added_tokens=True)
        found = {t: i for t, i in table.items() if self.rows is None or i < self.rows}
        return dict(sorted(found.items(), key=lambda item: item[1]))

    @cached_property
    def added(self) -> dict[str, AddedToken]:
        """Tokens that are matched in the text before the vocabulary's own, such as <|im_end|>."""
        decoder = sorted(self.whole.get_added_tokens_decoder().items())
        return {token.content: token for _, token in decoder if token.content in self.tokens}


def open_tokenizer(folder: Path) -> Any:
    """The transformers tokenizer of a folder; nothing is downloaded, none of its code is run.

    Raises: ParentError.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # whatever the library raises of a strange file
        raise tokenizer_code(folder, error) from None


def read_tokenizer(folder: Path, rows: int | None) -> ModelTokenizer:
    """As transformers would load it: tokenizer.json, and what tokenizer_config.json adds to it.

    Raises: ParentError.
    """
    path = folder / "tokenizer.json"
    if not path.exists():
        raise ParentError(
            f"{path}: missing; to align vocabularies every model needs its tokenizer (a fast "
            "one, tokenizer.json)"
        )
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise ParentError(f"{path}: cannot be read as a tokenizer: {str(error)[:300]}") from None
    known = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    try:
        named = _named_in_config(folder)
    except (TypeError, ValueError, AttributeError) as error:
        raise ParentError(
            f"{folder / _CONFIG}: its tokens cannot be read: {error}; expected those that "
            "transformers writes"
        ) from None
    tokenizer.add_tokens([t for t in named if t.content not in known])
    return ModelTokenizer(folder, tokenizer, rows)


def join(donor: ModelTokenizer, others: Sequence[ModelTokenizer], new: Iterable[str]) -> Tokenizer:
    """The donor's tokenizer with every token of `others` and the tokens `new`.

    The donor's tokens keep their rows; the others follow, first those of the vocabularies, then
    the added ones, model after model, in the order of their rows. Of a token that several models
    add in several ways, the first way is taken.

    Raises: ParentError where the donor's ids leave no room.
    """
    joined = _stripped(donor)
    added: dict[str, AddedToken] = {}
    for tokenizer in (donor, *others):
        added = tokenizer.added | added
    plain = [t for other in others for t in other.tokens if t not in added]
    joined.add_tokens([t for t in dict.fromkeys(plain) if t not in donor.tokens])
    joined.add_tokens([token for content, token in added.items() if content not in donor.added])
    known = joined.get_vocab(with_added_tokens=True)
    joined.add_tokens([token for token in new if token not in known])
    table: dict[str, int] = joined.get_vocab(with_added_tokens=True)
    moved = [t for t, row in donor.tokens.items() if table.get(t) != row]
    if moved or len(set(table.values())) != len(table):
        raise ParentError(
            f"{donor.folder / 'tokenizer.json'}: its ids leave gaps, so new tokens would get ids "
            "that are taken; take another model as the tokenizer's source"
        )
    return joined


def write_tokenizer(donor: ModelTokenizer, joined: Tokenizer, folder: Path) -> None:
    """Writes `joined` with all that belongs to it; the donor's own files where they agree."""
    same = _state(joined) == _state(donor.whole)
    names = (*_ALWAYS, "tokenizer.json", _CONFIG, *_UNCHANGED) if same else _ALWAYS
    for name in names:
        if (donor.folder / name).exists():
            shutil.copyfile(donor.folder / name, folder / name)
    for file in (donor.folder / "additional_chat_templates").glob("*.jinja"):
        (folder / file.parent.name).mkdir(exist_ok=True)
        shutil.copyfile(file, folder / file.parent.name / file.name)
    if same:
        return
    joined.save(str(folder / "tokenizer.json"))
    config = _config(donor.folder)
    if "added_tokens_decoder" in config:
        # Where it has this key, transformers takes the added tokens from here alone.
        config["added_tokens_decoder"] = {
            str(row): _plain(token)
            for row, token in sorted(joined.get_added_tokens_decoder().items())
        }
    if config:
        text = json.dumps(config, indent=2, ensure_ascii=False) + "\n"
        (folder / _CONFIG).write_text(text, encoding="utf-8")


def _stripped(donor: ModelTokenizer) -> Tokenizer:
    """A copy of the donor's tokenizer without the tokens that have no row.

    Raises: ParentError.
    """
    table = json.loads(donor.whole.to_str())
    whole = donor.whole.get_vocab(with_added_tokens=True)
    unused = whole.keys() - donor.tokens.keys()
    if unused:
        model = table["model"]
        if isinstance(model["vocab"], dict):
            model["vocab"] = {t: i for t, i in model["vocab"].items() if t not in unused}
        else:
            model["vocab"] = [entry for entry in model["vocab"] if entry[0] not in unused]
        if "merges" in model:
            model["merges"] = [m for m in model["merges"] if not unused & _parts(m)]
        table["added_tokens"] = [t for t in table["added_tokens"] if t["content"] not in unused]
    try:
        return Tokenizer.from_str(json.dumps(table))
    except Exception as error:  # the library raises bare Exception
        raise ParentError(
            f"{donor.folder / 'tokenizer.json'}: {len(unused)} tokens have no row in the "
            f"embedding ({donor.rows} rows), and without them it cannot be read: {error}"
        ) from None


def _parts(merge: str | list[str]) -> set[str]:
    """Both halves of a BPE merge and what they make."""
    left, right = merge.split(" ", 1) if isinstance(merge, str) else merge
    return {left, right, left + right}


def _state(tokenizer: Tokenizer) -> tuple[Mapping[str, int], dict[int, dict[str, Any]]]:
    added = {row: _plain(t) for row, t in tokenizer.get_added_tokens_decoder().items()}
    return tokenizer.get_vocab(with_added_tokens=True), added


def _plain(token: AddedToken) -> dict[str, Any]:
    return {name: getattr(token, name) for name in _FLAGS}


def _config(folder: Path) -> dict[str, Any]:
    return read_json(folder / _CONFIG) if (folder / _CONFIG).exists() else {}


def _named_in_config(folder: Path) -> list[AddedToken]:
    """The tokens that tokenizer_config.json names, in the order transformers adds them.

    It makes a special token of each, whether it is in the vocabulary or not.
    """
    config = _config(folder)
    decoder = config.get("added_tokens_decoder") or {}
    found = [decoder[row] for row in sorted(decoder, key=int)]
    special = [config.get(name) for name in (*_NAMED, "mask_token")]
    for key in ("extra_special_tokens", "additional_special_tokens"):
        listed = config.get(key) or []
        special += listed.values() if isinstance(listed, dict) else listed
    found += [s if isinstance(s, dict) else {"content": s, "special": True} for s in special if s]
    return [AddedToken(**{k: v for k, v in entry.items() if k in _FLAGS}) for entry in found]
