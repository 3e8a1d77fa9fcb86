"""The demo: models in the user's cache, the search and what comes of it in a folder of the
user's.
"""

import os
from importlib.resources import files
from pathlib import Path

from rich.console import Console


def cache_folder() -> Path:
    """$EVOLVE_CACHE, else `evolve` in the user's cache folder."""
    if "EVOLVE_CACHE" in os.environ:
        return Path(os.environ["EVOLVE_CACHE"]).expanduser()
    root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(root).expanduser() / "evolve"


def prepare(folder: Path, seed: int, console: Console) -> Path:
    """Trains the family if it is not in the cache yet; returns the search file in `folder`.

    A search file that is there already is left as it is: it may have been edited.
    """
    from workers.demo.family import build_family, is_complete

    family = cache_folder().absolute() / f"demo-seed{seed}"
    if is_complete(family, seed):
        console.print(f"Demo models: {family}", highlight=False, soft_wrap=True)
    else:
        console.print(
            f"Training the demo models into {family} (once, about a minute and a half on 2 cores)",
            highlight=False,
            soft_wrap=True,
        )
        build_family(
            family, seed=seed, report=lambda line: console.print(f"  {line}", highlight=False)
        )
    name = "demo" if seed == 0 else f"demo-seed{seed}"
    file = folder.absolute() / f"{name}.yaml"
    if not file.exists():
        text = (files("search_spaces") / "presets" / "demo.yaml").read_text(encoding="utf-8")
        text = text.replace("FAMILY", str(family)).replace("seed: 0", f"seed: {seed}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    console.print(f"Search file: {file}", highlight=False, soft_wrap=True)
    return file
