"""The value of a parameter in a recipe: a scalar, a list over layers, or conditions on names."""

import math
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from search_spaces.methods import Parameter

Scalar = bool | float | str
Gradient = Scalar | tuple[Scalar, ...]


class Frozen(BaseModel):
    """What is read from YAML: unknown keys are refused, NaN and Inf too."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _scalar(value: Any) -> Scalar:
    """One spelling per number, so that `weight: 1`, `1.0` and YAML's text '1e0' are the same."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        value = number
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    raise ValueError(
        f"expected a finite number, true or false, or a list of numbers, found {value!r}"
    )


def _gradient(value: Any) -> Gradient:
    if isinstance(value, list | tuple) and value:
        return tuple(_scalar(v) for v in value)
    return _scalar(value)


class Conditional(Frozen):
    """`value` for tensors whose name contains `filter`; without a filter, for all others."""

    filter: str | None = None
    value: Annotated[Any, BeforeValidator(_gradient)]


def _value(value: Any) -> "Gradient | tuple[Conditional, ...]":
    """A gradient, or conditions of which the first match wins."""
    conditions = [value] if isinstance(value, dict | Conditional) else value
    if isinstance(conditions, list | tuple) and any(
        isinstance(c, dict | Conditional) for c in conditions
    ):
        return tuple(Conditional.model_validate(c) for c in conditions)
    return _gradient(value)


Value = Annotated[Any, BeforeValidator(_value)]
Parameters = dict[str, Value]


def conditions_of(value: Value) -> tuple[Conditional, ...] | None:
    """The conditions of a value, or None for a plain one."""
    if isinstance(value, tuple) and value and isinstance(value[0], Conditional):
        return value
    return None


def check_value(where: str, parameter: Parameter, value: Value) -> None:
    """Raises: ValueError for a value of the wrong kind, or outside the parameter's limits."""
    for condition in conditions_of(value) or ():
        check_value(where, parameter, condition.value)
        return
    name = parameter.name
    for found in value if isinstance(value, tuple) else (value,):
        if parameter.kind is str:
            if found not in parameter.choices:
                raise ValueError(
                    f"{where}: '{name}' must be one of {', '.join(parameter.choices)}, "
                    f"found {found!r}"
                )
            continue
        if isinstance(found, str) or isinstance(found, bool) != (parameter.kind is bool):
            expected = "true or false" if parameter.kind is bool else "a number or a list of them"
            raise ValueError(f"{where}: '{name}' must be {expected}, found {found!r}")
        if parameter.kind is int and not float(found).is_integer():
            raise ValueError(f"{where}: '{name}' must be a whole number, found {found}")
        if parameter.limits is not None:
            low, high = parameter.limits
            if not low <= found <= high:
                raise ValueError(f"{where}: '{name}' must lie in [{low}, {high}], found {found}")


def pick(value: Value, tensor: str, depth: float) -> Scalar | None:
    """The value for one tensor at `depth` (0 first layer, 1 last) of its slice, or None.

    Numbers are interpolated; of words and of true and false, the one at that depth is taken.
    """
    conditions = conditions_of(value)
    if conditions is not None:
        for condition in conditions:
            if condition.filter in (None, "*") or str(condition.filter) in tensor:
                return pick(condition.value, tensor, depth)
        return None
    if not isinstance(value, tuple):
        found: Scalar = value
        return found
    position = depth * (len(value) - 1)
    left = min(int(position), len(value) - 1)
    if any(isinstance(v, bool | str) for v in value):
        chosen: Scalar = value[left]
        return chosen
    right, share = min(left + 1, len(value) - 1), position - left
    return float((1 - share) * value[left] + share * value[right])


def mean_of(value: Value) -> float:
    """The mean of all numbers of a value, for family trees."""
    conditions = conditions_of(value)
    if conditions is not None:
        return sum(mean_of(c.value) for c in conditions) / len(conditions)
    numbers = value if isinstance(value, tuple) else (value,)
    return sum(float(n) for n in numbers) / len(numbers)
