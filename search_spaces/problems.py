"""What pydantic found wrong, in words a user can act on."""

import re
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from search_spaces.suggest import did_you_mean

_OPTION = re.compile(r"(literal|dict)\[")  # how pydantic names the options of a field
_MOST = 20
_LONGEST = 400  # characters

NAME = r"^[\w.-]+$"  # of a search


def problems_in(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """What pydantic found wrong, a sentence each, with the nearest key for an unknown one; of
    very many the first ones.
    """
    found: list[str] = []
    problems = error.errors()
    for problem in problems:
        if _follows(problem, problems):
            continue
        sentence = _sentence(problem, model)
        if sentence not in found:
            found.append(sentence if len(sentence) < _LONGEST else f"{sentence[:_LONGEST]} ...")
        if len(found) == _MOST:
            found.append("... and more of this kind")
            break
    return found


def _follows(problem: Any, problems: Sequence[Any]) -> bool:
    """Is it only the echo of another: a list is empty because its entries are wrong, or a value
    is not what the other option of a field would be?
    """
    location = problem["loc"]
    if problem["type"] == "too_short":
        return any(p["loc"][: len(location)] == location and p is not problem for p in problems)
    option = str(location[-1]) if location else ""
    if option.startswith("literal["):
        return isinstance(problem.get("input"), dict)
    return option.startswith("dict[")


def _sentence(problem: Any, model: type[BaseModel]) -> str:
    parts = problem["loc"]
    location = tuple(p for p in parts if p not in _kinds(model) and not _OPTION.match(str(p)))
    place = ".".join(str(p) for p in location)
    if problem["type"] == "extra_forbidden":
        known = _keys_at(model, problem["loc"][:-1])
        return f"unknown key '{place}'; {did_you_mean(str(problem['loc'][-1]), known)}"
    if problem["type"] == "missing":
        return f"'{place}' is missing"
    if problem["type"] == "union_tag_invalid":
        kinds = ", ".join(_kinds(model))
        return f"{place}.kind: expected one of {kinds}; found '{problem['ctx']['tag']}'"
    if problem["type"] in ("model_attributes_type", "model_type", "dict_type"):
        return f"{place}: expected a mapping (key: value), found {problem.get('input')!r}"
    if problem["type"] in ("too_short", "too_long") and place:
        context = problem["ctx"]
        least, most = context.get("min_length"), context.get("max_length")
        wanted = f"at least {least}" if most is None else f"at most {most}"
        return f"{place}: expected {wanted} in the list, found {context['actual_length']}"
    if problem["type"] == "string_pattern_mismatch" and problem["ctx"]["pattern"] == NAME:
        return f"{place}: expected letters, digits, '.', '_' and '-', found {problem['input']!r}"
    message = problem["msg"].removeprefix("Value error, ")
    message = message.replace("Input should be", "expected").replace("valid tuple", "list")
    message = re.sub("expected (greater|less)", r"expected a number \1", message)
    found = problem.get("input")
    tail = f", found {found!r}" if isinstance(found, str | int | float | bool) else ""
    return f"{place}: {message}{tail}" if place else message


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The field names of the pydantic model that sits at `location` inside `model`."""
    current: type[BaseModel] = model
    kinds = _kinds(model)
    for part in location:
        field = current.model_fields.get(str(part)) or _by_alias(current, str(part))
        inner = None if field is None else _model_inside(field.annotation)
        if str(part) in kinds:
            inner = kinds[str(part)]
        if inner is not None:
            current = inner
    return [field.alias or name for name, field in current.model_fields.items()]


def _kinds(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The models that a field is told apart by `kind` into, which pydantic names in locations."""
    found: dict[str, type[BaseModel]] = {}
    for field in model.model_fields.values():
        if field.discriminator == "kind":
            for option in get_args(field.annotation):
                found[str(option.model_fields["kind"].default)] = option
    return found


def _by_alias(model: type[BaseModel], name: str) -> Any:
    return next((f for f in model.model_fields.values() if f.alias == name), None)


def _model_inside(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_inside(argument)
        if found is not None:
            return found
    return None
