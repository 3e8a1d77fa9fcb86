"""What all recipe files have in common: their text, the seed in a comment, words for what is
wrong.
"""

import json
import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from search_spaces.errors import RecipeError
from search_spaces.problems import problems_in
from search_spaces.reading import CONFIG, RECIPE, load_json, read_bytes

_SEED_LINE = re.compile(r"^# evolve: (\{.*\})$", re.MULTILINE)
Model = TypeVar("Model", bound=BaseModel)


def read_text(path: Path) -> str:
    """Of a recipe file. Raises: RecipeError."""
    try:
        return read_bytes(path, RECIPE, RecipeError).decode("utf-8")
    except (OSError, ValueError) as error:
        raise RecipeError(f"{path}: cannot be read: {error}") from None


def seed_line(seed: int) -> str:
    """The comment that keeps a seed; mergekit ignores it."""
    return f"# evolve: {json.dumps({'seed': seed})}\n"


def seed_in(text: str, where: str) -> dict[str, Any]:
    """{"seed": ...} from the comment, or nothing where there is none. Raises: RecipeError."""
    comment = _SEED_LINE.search(text)
    if comment is None:
        return {}
    found = load_json(comment.group(1), f"{where}: the comment '# evolve'", CONFIG, RecipeError)
    if "seed" not in found:
        raise RecipeError(f"{where}: the comment '{comment.group(0):.80}' holds no seed")
    return {"seed": found["seed"]}


def validated(model: type[Model], data: object, where: str) -> Model:
    """Raises: RecipeError with all that is wrong, a line each."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise RecipeError(
            "\n".join(f"{where}: {problem}" for problem in problems_in(error, model))
        ) from None
