"""What pydantic found wrong, in words a user can act on."""

from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from search_spaces.suggest import did_you_mean


def problems_in(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """What pydantic found wrong, a sentence each, with the nearest key for an unknown one."""
    found: list[str] = []
    for problem in error.errors():
        sentence = _sentence(problem, model)
        if sentence not in found:
            found.append(sentence)
    return found


def _sentence(problem: Any, model: type[BaseModel]) -> str:
    location = tuple(p for p in problem["loc"] if p not in _kinds(model))
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
    message = problem["msg"].removeprefix("Value error, ")
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
