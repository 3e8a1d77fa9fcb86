"""Models that folders and the hub tell of, read and kept: what `evolve lineage import` does."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.markup import escape

from evolve.ancestry.claims import Described
from evolve.ancestry.folders import has_weights, model_folders, read_folder
from evolve.ancestry.pedigree import cycles
from evolve.cli.hub_cards import is_offline, read_model
from evolve.cli.printing import print_lines
from evolve.cli.tables import plain_table
from evolve.store import open_engine
from evolve.store.family import FamilyReader
from evolve.store.importing import Imported, import_models, name_of
from search_spaces.errors import ConfigError, EvolveError
from search_spaces.model_names import hub_model

MOST_FETCHED = 1000
_MOST_LINES = 100
_MEMORY = "sqlite://"


@dataclass
class _Read:
    """Models by reference, and fingerprints of those that are whole checkpoints."""

    models: dict[str, Described] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def import_places(
    places: Sequence[str],
    store: str,
    *,
    hub: bool = False,
    depth: int = 5,
    dry: bool = False,
    report: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """What was found and what of it is new. dry: nothing is written.

    Raises: ConfigError where there is no model in any place.
    """
    read = _Read()
    for place in places:
        _read_place(place, read, report)
    if hub:
        _follow(read, depth, report)
    if not read.models:
        why = "\n".join(read.problems)
        raise ConfigError(f"no model in {', '.join(places)}" + (f":\n{why}" if why else ""))
    engine = open_engine(store if not dry or _is_there(store) else _MEMORY)
    try:
        done = import_models(engine, [_imported(m, read) for m in read.models.values()], dry=dry)
        rings = [] if dry else _rings(FamilyReader(engine), list(done.ids.values()))
    finally:
        engine.dispose()
    if dry:
        rings = _claimed_rings(read)
    for model in read.models.values():
        read.problems += model.problems
        read.remarks += [f"{model.name}: {line}" for line in model.remarks]
    new = set(done.new)
    return {
        "models": [
            _line(m, done.ids[m.reference] in new, m.reference in read.digests)
            for m in read.models.values()
        ],
        "named": len(done.ids) - len(read.models),
        "new_models": len(done.new),
        "known_models": len(set(done.ids.values())) - len(done.new),
        "unified": done.unified,
        "new_edges": done.new_edges,
        "known_edges": done.known_edges,
        "cycles": rings,
        "remarks": read.remarks,
        "problems": list(dict.fromkeys(read.problems)),
        "written": not dry,
    }


def print_import(console: Any, found: dict[str, Any]) -> None:
    """A line per model, then what is new, and every problem."""
    table = plain_table(None, ["model", "", "licence", "made from"])
    for model in found["models"][:_MOST_LINES]:
        state = "new" if model["new"] else "known"
        parents = ", ".join(_parent(p) for p in model["parents"])
        table.add_row(
            escape(model["name"]), state, escape(model["license"] or "-"), escape(parents or "-")
        )
    console.print(table)
    lines = []
    if len(found["models"]) > _MOST_LINES:
        lines.append(f"and {len(found['models']) - _MOST_LINES:,} more; --json has them all")
    lines.append(
        f"{found['new_models']:,} models new and {found['known_models']:,} known, "
        f"{found['named']:,} of them only named by others; {found['new_edges']:,} edges new and "
        f"{found['known_edges']:,} known."
    )
    if found["unified"]:
        lines.append(f"{found['unified']:,} models known by name became one with their files.")
    for ring in found["cycles"]:
        lines.append("A cycle, kept as it is: " + escape(" → ".join([*ring, ring[0]])))
    lines += [f"Note: {escape(line)}" for line in found["remarks"]]
    lines += [f"Problem: {escape(line)}" for line in found["problems"]]
    if not found["written"]:
        lines.append("Nothing was written (--dry-run).")
    print_lines(console, lines)


def _read_place(place: str, read: _Read, report: Callable[[str], None]) -> None:
    folder = Path(place).expanduser()
    if folder.is_dir():
        count = 0
        for one in model_folders(folder.resolve(), read.problems):
            report(f"reading {one}")
            _take(read_folder(one), read, one)
            count += 1
        if not count:
            read.problems.append(f"{place}: no model folder in it")
    elif folder.exists() or hub_model(place) is None:
        read.problems.append(f"{place}: no folder, and no name of a model on the hub")
    else:
        report(f"asking the hub for {place}")
        _fetch(place, read)


def _follow(read: _Read, depth: int, report: Callable[[str], None]) -> None:
    """The parents that are named, their parents, and so on."""
    asked = set(read.models)
    for _ in range(depth):
        named = {half for m in read.models.values() for c in m.claims for half in _halves(c)}
        wanted = sorted(name for name in named - asked if hub_model(name) is not None)
        for name in wanted:
            if len(asked) >= MOST_FETCHED:
                read.problems.append(f"more than {MOST_FETCHED:,} models; the rest was not asked")
                return
            asked.add(name)
            report(f"asking the hub for {name}")
            _fetch(name, read)
        if not wanted:
            return


def _halves(claim: Any) -> list[str]:
    reference: str = claim.reference
    return [] if reference.startswith("/") else reference.split("+")


def _fetch(name: str, read: _Read) -> None:
    try:
        _take(read_model(name), read, None)
    except EvolveError as error:
        read.problems.append(str(error))
    else:
        if is_offline():
            read.remarks.append(f"{name}: HF_HUB_OFFLINE is set; read from the hub's cache alone")


def _take(found: Described, read: _Read, folder: Path | None) -> None:
    read.models.setdefault(found.reference, found)
    if folder is None or not has_weights(folder):
        return
    from workers.parents import open_parent

    try:
        read.digests[found.reference] = open_parent(str(folder)).fingerprint
    except (EvolveError, OSError) as error:
        read.problems.append(f"{error}. Known by its folder, not by its content")


def _imported(model: Described, read: _Read) -> Imported:
    return Imported(
        name=model.name,
        reference=model.reference,
        parents={c.reference: (c.role, c.weight) for c in model.claims},
        digest=read.digests.get(model.reference),
        license=model.license,
        recipe=model.recipe,
    )


def _claimed_rings(read: _Read) -> list[list[str]]:
    """Among what was read alone."""
    ends = [(c.reference, m.reference) for m in read.models.values() for c in m.claims]
    number = {name: i for i, name in enumerate(dict.fromkeys(n for pair in ends for n in pair))}
    names = list(number)
    return [[names[i] for i in ring] for ring in cycles((number[p], number[c]) for p, c in ends)]


def _rings(family: FamilyReader, ids: list[int]) -> list[list[str]]:
    """By name, among these models and their ancestors."""
    everyone = set(ids)
    for start in range(0, len(ids), 900):
        everyone |= set(family.ancestors(ids[start : start + 900]))
    found = cycles((p, c) for c, p, _, _ in family.edges_into(everyone))
    names = {m.id: m.name for m in family.models(i for ring in found for i in ring)}
    return [[names[i] for i in ring] for ring in found]


def _line(model: Described, new: bool, has_content: bool) -> dict[str, Any]:
    parents = [{"model": c.reference, "role": c.role, "weight": c.weight} for c in model.claims]
    return {
        "name": model.name,
        "reference": model.reference,
        "known_by": "content" if has_content else "name",
        "new": new,
        "license": model.license,
        "parents": parents,
    }


def _parent(parent: dict[str, Any]) -> str:
    name = name_of(parent["model"])
    name = Path(name).name if name.startswith("/") else name
    return (
        f"{name} ({parent['role']})"
        if parent["weight"] is None
        else f"{parent['weight']:.2f} {name}"
    )


def _is_there(store: str) -> bool:
    from sqlalchemy.engine import make_url

    url = make_url(store)
    return url.get_backend_name() != "sqlite" or os.path.exists(str(url.database))
