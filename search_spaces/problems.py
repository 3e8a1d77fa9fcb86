"""What pydantic found wrong, in words a user can act on."""

from typing import Any

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
    place = ".".join(str(p) for p in problem["loc"])
    if problem["type"] == "extra_forbidden":
        known = _keys_at(model, problem["loc"][:-1])
        return f"unknown key '{place}'; {did_you_mean(str(problem['loc'][-1]), known)}"
    if problem["type"] == "missing":
        return f"'{place}' is missing"
    message = problem["msg"].removeprefix("Value error, ")
    found = problem.get("input")
    tail = f", found {found!r}" if isinstance(found, str | int | float | bool) else ""
    return f"{place}: {message}{tail}" if place else message


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The field names of the pydantic model that sits at `location` inside `model`."""
    current: type[BaseModel] = model
    for part in location:
        field = current.model_fields.get(str(part)) or _by_alias(current, str(part))
        inner = None if field is None else _model_inside(field.annotation)
        if inner is not None:
            current = inner
    return [field.alias or name for name, field in current.model_fields.items()]


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
