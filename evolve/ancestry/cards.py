"""Model cards and adapter configs: the parents that they name, and the relation to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from search_spaces.errors import ConfigError
from search_spaces.reading import CARD, CONFIG, load_json, load_yaml

RELATIONS = ("finetune", "adapter", "quantized", "merge")
_MOST_NAMED = 1000


@dataclass(frozen=True)
class Card:
    """The front matter of a README.md. relation: of `RELATIONS`, None where it names none."""

    base_models: tuple[str, ...] = ()
    relation: str | None = None
    license: str | None = None
    is_model: bool = False


def read_card(text: bytes, where: str) -> tuple[Card, list[str]]:
    """(what the card says, what of it cannot be read); a card without front matter says nothing.

    Raises: ConfigError for front matter that is no YAML mapping, and for what is no UTF-8.
    """
    front = _front_matter(text, where)
    if front is None:
        return Card(), []
    found = load_yaml(front, where, CARD)
    data = found[0] if found else None
    if data is None:
        return Card(), []
    if not isinstance(data, dict):
        raise ConfigError(f"{where}: the front matter is no mapping")
    problems = []
    named, broken = _names(data.get("base_model"))
    if broken:
        problems.append(f"{where}: base_model holds what is no name: {broken:.60}")
    relation = data.get("base_model_relation")
    if relation is not None and relation not in RELATIONS:
        problems.append(
            f"{where}: base_model_relation is {relation!r:.60}; expected {', '.join(RELATIONS)}"
        )
        relation = None
    marks = ("base_model", "library_name", "pipeline_tag", "model_name", "model-index")
    return Card(named, relation, _license(data), any(key in data for key in marks)), problems


def adapter_base(text: bytes, where: str) -> str | None:
    """The model that a LoRA adapter was trained on. Raises: ConfigError."""
    return _text(_mapping(text, where).get("base_model_name_or_path"))


def hinted_origin(text: bytes, where: str) -> str | None:
    """The model that a config.json was made from, where it still says so. Raises: ConfigError."""
    return _text(_mapping(text, where).get("_name_or_path"))


def _front_matter(text: bytes, where: str) -> str | None:
    try:
        lines = text.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{where}: no UTF-8 at byte {error.start}") from None
    while lines and not lines[0].strip():
        lines.pop(0)
    if not lines or lines[0].rstrip() != "---":
        return None
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() in ("---", "..."):
            return "\n".join(lines[1:index])
    raise ConfigError(f"{where}: the front matter has no end; expected a line '---'")


def _names(value: Any) -> tuple[tuple[str, ...], str]:
    """(names, the first thing that is none)."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    names = [v.strip() for v in values if isinstance(v, str) and v.strip()]
    broken = next((repr(v) for v in values if not isinstance(v, str) or not v.strip()), "")
    return tuple(dict.fromkeys(names[:_MOST_NAMED])), broken


def _license(data: Mapping[str, Any]) -> str | None:
    """`other` is no licence; what stands beside it is."""
    value = data.get("license")
    if isinstance(value, list):
        value = ", ".join(v for v in value if isinstance(v, str))
    if value == "other" and isinstance(data.get("license_name"), str):
        value = data["license_name"]
    found = _text(value)
    return None if found is None else found[:100]


def _mapping(text: bytes, where: str) -> Mapping[str, Any]:
    found = load_json(text, where, CONFIG)
    if not isinstance(found, dict):
        raise ConfigError(f"{where}: expected a mapping, found {type(found).__name__}")
    return found


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
