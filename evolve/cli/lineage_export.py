"""Some of the family tree, written to a file."""

from pathlib import Path
from typing import Any

from evolve.ancestry.graphml import as_graphml
from evolve.ancestry.mermaid import as_mermaid
from evolve.ancestry.section import as_section
from evolve.ancestry.svg import as_svg
from evolve.cli.finding import open_reader
from evolve.pedigrees import MOST, family_of, find_model, of_models
from search_spaces.errors import ConfigError

FORMATS = {".svg": as_svg, ".mmd": as_mermaid, ".graphml": as_graphml, ".md": as_section}


def export_family(
    word: str | None,
    to: Path,
    store: str | None,
    *,
    descendants: bool = False,
    generations: int | None = None,
) -> dict[str, Any]:
    """What was written. word: a model, or a search; None: every model but mere candidates, with
    the ancestors of these.

    Raises: ConfigError.
    """
    write = FORMATS.get(to.suffix.lower())
    if write is None:
        raise ConfigError(f"--to {to}: expected a file that ends in {', '.join(FORMATS)}")
    if word is None and (descendants or generations is not None):
        raise ConfigError("--descendants and --generations: name the model whose family is meant")
    reader = open_reader(store)
    if word is None:
        family = reader.family
        ids = {m.id for m in family.named()} | set(family.chosen())
        some = sorted(ids)[:900]
        shown = of_models(reader, (ids | set(family.ancestors(some))))
    else:
        of = find_model(reader, word).id
        shown = family_of(reader, of, descendants=descendants, generations=generations)
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(write(shown), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--to {to}: {error.strerror}") from None
    return {
        "file": str(to),
        "models": len(shown.nodes),
        "edges": len(shown.edges),
        "cut": len(shown.nodes) > MOST,
        "cycles": [[shown.nodes[n].name for n in ring] for ring in shown.cycles()],
    }
