"""Reads the recipes of the suite, which are data: grid.yaml, random.yaml, known.yaml."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Case:
    """A recipe with models named base, a, b and c.

    everywhere: run on every architecture; why: what is known about it.
    """

    method: str
    name: str
    recipe: dict[str, Any]
    everywhere: bool = False
    seed: int | None = None
    why: str = ""

    @property
    def key(self) -> str:
        return f"{self.method}: {self.name}"

    @property
    def slug(self) -> str:
        """Its key as the name of a folder."""
        return "".join(c if c.isalnum() else "-" for c in self.key)

    def with_models(self, folder: Path, **changes: Any) -> dict[str, Any]:
        """The recipe with folders in the places of names; changes: of its top level, None to
        leave out.
        """
        found = _renamed(self.recipe, folder) | changes
        return {key: value for key, value in found.items() if value is not None}


def read_cases(file: str) -> list[Case]:
    """The recipes of a file in this folder."""
    data = yaml.safe_load((Path(__file__).parent / file).read_text())
    data.pop("anchors", None)
    return [
        _case(method, name, given)
        for method, settings in data.items()
        for name, given in settings.items()
    ]


def _case(method: str, name: str, given: dict[str, Any]) -> Case:
    given = dict(given)
    everywhere, seed = bool(given.pop("everywhere", False)), given.pop("seed", None)
    why = given.pop("why", "")
    recipe: dict[str, Any] = {"merge_method": method}
    for key, value in given.items():
        if key == "base":
            recipe["base_model"] = value
        elif key == "models":
            recipe["models"] = [_source(model, p) for model, p in value.items()]
        elif key == "slices":
            recipe["slices"] = [_slice(piece) for piece in value]
        else:
            recipe[key] = value
    return Case(method, name, recipe, everywhere, seed, why)


def _slice(given: dict[str, Any]) -> dict[str, Any]:
    each = given.get("each", {})
    found = {
        "sources": [
            _source(model, each.get(model)) | {"layer_range": layers}
            for model, layers in given["layers"].items()
        ]
    }
    if "base" in given:
        found["base_model"] = given["base"]
    if "parameters" in given:
        found["parameters"] = given["parameters"]
    return found


def _source(model: str, parameters: dict[str, Any] | None) -> dict[str, Any]:
    return {"model": model} | ({"parameters": parameters} if parameters else {})


def _renamed(data: Any, folder: Path) -> Any:
    if isinstance(data, list):
        return [_renamed(item, folder) for item in data]
    if not isinstance(data, dict):
        return data
    return {
        key: str(folder / value) if key in ("model", "base_model") else _renamed(value, folder)
        for key, value in data.items()
    }
