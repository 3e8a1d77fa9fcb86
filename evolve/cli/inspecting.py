"""`evolve inspect`: names the parents, finds their base, measures, and lays the numbers out."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from evolve.cli.hub_names import pinned
from search_spaces.errors import ConfigError
from search_spaces.model_names import absolute, short_name, split_reference
from search_spaces.profile import Inspection


def inspect_models(
    references: Sequence[str],
    base: str | None,
    *,
    device: str,
    spectrum: bool,
    report: Callable[[int, int], None],
) -> Inspection:
    """references: folders or `base+adapter`; base: found from the adapters where not given.

    Raises: ConfigError for a base that is not known, and for models that do not fit together.
    """
    from workers.candidate import pick_device
    from workers.inspecting import inspect_parents
    from workers.parents import open_parent

    where = Path.cwd()
    known = pinned([absolute(r, where) for r in [*references, *([] if base is None else [base])]])
    parents = named([known[absolute(r, where)] for r in references])
    named_base = None if base is None else known[absolute(base, where)]
    found = named_base or base_of(list(parents.values()))
    for reference in parents.values():
        if reference == found:
            raise ConfigError(
                f"parent '{reference}' is the base itself, and so changed nothing; leave it out"
            )
    return inspect_parents(
        open_parent(found),
        {name: open_parent(reference) for name, reference in parents.items()},
        device=str(pick_device(device)),
        spectrum=spectrum,
        report=report,
    )


def base_of(references: Sequence[str]) -> str:
    """The base that all adapters among the parents name. Raises: ConfigError."""
    bases = {split_reference(r)[0] for r in references if split_reference(r)[1]}
    if len(bases) == 1:
        return bases.pop()
    said = "none of the parents is base+adapter" if not bases else f"found {sorted(bases)}"
    raise ConfigError(
        f"the base is not known: {said}; name the model that all parents were trained from: "
        "--base FOLDER"
    )


def named(references: Sequence[str]) -> dict[str, str]:
    """Name -> reference; the last part of the path names a parent, with a number where another
    has it already.
    """
    found: dict[str, str] = {}
    for reference in references:
        if reference in found.values():
            raise ConfigError(f"parent '{reference}' is listed twice; list each one once")
        stem = short_name(reference)
        name, number = stem, 2
        while name in found:
            name, number = f"{stem}-{number}", number + 1
        found[name] = reference
    return found


def check_files(suggest: Path | None, plot: Path | None) -> None:
    """What can be known to fail before minutes of measuring. Raises: ConfigError."""
    from evolve.cli.suggested_file import already_there

    if suggest is not None and suggest.exists():
        raise already_there(suggest)
    if plot is not None and plot.suffix.lower() not in (".svg", ".html"):
        raise ConfigError(f"--plot {plot}: expected a name that ends in .svg or .html")


def write_files(
    found: Inspection,
    suggest: Path | None,
    plot: Path | None,
    tasks: Sequence[str],
    task_folders: Sequence[Path],
) -> dict[str, str | None]:
    """What was asked for; {suggestion, plot}: where it lies. The plot marks the edges of a
    suggestion.
    """
    edges: tuple[int, ...] = ()
    if suggest is not None:
        from evolve.cli.suggested_file import write_suggestion

        edges = write_suggestion(found, suggest, tasks, task_folders).edges
    if plot is not None:
        from evolve.cli.inspect_plot import write_plot

        write_plot(found, plot, edges)
    return {
        "suggestion": None if suggest is None else str(suggest),
        "plot": None if plot is None else str(plot),
    }


def print_inspection(
    console: Console, found: Inspection, written: Mapping[str, str | None], *, tasks: bool
) -> None:
    """The tables, what their columns mean, and the next step. tasks: were any named?"""
    from evolve.cli.inspect_tables import LEGEND, pairs_of_parents_table, parents_table, view_table

    console.print(parents_table(found))
    pairs = pairs_of_parents_table(found)
    if pairs is not None:
        console.print(pairs)
    console.print(
        view_table(
            found, "Layers: change of each parent, and how they get on", "layer", found.by_layer()
        )
    )
    console.print(view_table(found, "Kinds of tensors, over all layers", "kind", found.by_kind()))
    console.print(LEGEND, style="dim", highlight=False)
    if written["plot"] is not None:
        console.print(f"Plot: {written['plot']}", highlight=False, soft_wrap=True)
    file = written["suggestion"]
    if file is None:
        return
    first = "look at it" if tasks else "name its tasks"
    console.print(
        f"Search file: {file}. Next: {first}, then `evolve plan {file}`",
        highlight=False,
        soft_wrap=True,
    )
