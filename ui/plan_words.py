"""What `evolve plan` says of a search file, in words; and its problems, one by one."""

from collections.abc import Mapping
from typing import Any

from evolve.pricing import money
from ui.formats import duration

_SAYS = "evolve: "


def problems_of(said: str, file: str) -> list[str]:
    """The lines of `evolve plan`'s errors, without the name of the file that was checked."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    own = [line.removeprefix(_SAYS) for line in lines if line.startswith(_SAYS)]
    return [line.replace(f"{file}: ", "", 1) for line in own or lines[-8:]]


def plan_words(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what, in words): found: of `evolve plan --json`."""
    memory = found["memory_per_worker_gib"]
    return [
        ("Models", f"{found['parameters']:,} parameters, {found['layers']} layers"),
        ("Genes", _genes(found)),
        ("Optimizer", _optimizer(found)),
        ("Items", _items(found["items"])),
        ("Before the first trial", _before(found)),
        ("It stops", _stops(found["stop"])),
        ("Memory", f"{memory:.2f} GiB per worker, before activations"),
        ("Time and cost", _cost(found)),
    ]


def _genes(found: Mapping[str, Any]) -> str:
    choices = sum(1 for gene in found["genes"] if gene["choices"])
    numbers = len(found["genes"]) - choices
    counted = [(numbers, "number"), (choices, "choice")]
    parts = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in counted if n]
    names = [str(gene["name"]) for gene in found["genes"]]
    some = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    methods = ", ".join(m for m in found["space"]["methods"] if m != "passthrough")
    how = f" of {methods}" if methods else ""
    return f"{' and '.join(parts) or 'none'}{how}: {some}"


def _optimizer(found: Mapping[str, Any]) -> str:
    line = str(found["optimizer"])
    if found["population"] is not None:
        line += f", population {found['population']}"
    return line if found["why"] is None else f"{line}; chosen because {found['why']}"


def _items(items: Mapping[str, Mapping[str, int]]) -> str:
    found = []
    for split, tasks in items.items():
        each = ", ".join(f"{task} {count:,}" for task, count in list(tasks.items())[:6])
        more = f" and {len(tasks) - 6} more tasks" if len(tasks) > 6 else ""
        found.append(f"{sum(tasks.values()):,} {split} ({each}{more})")
    return "; ".join(found)


def _before(found: Mapping[str, Any]) -> str:
    starts = sum(found["starts"].values())
    line = f"{found['references']} references are scored"
    return line + (f", and up to {starts} starting points" if starts else "")


def _stops(stop: Mapping[str, Any]) -> str:
    told = [
        f"after {stop['trials']:,} trials" if stop["trials"] is not None else "",
        f"after {stop['hours']:g} hours" if stop["hours"] is not None else "",
        f"at ${stop['usd']:g}" if stop["usd"] is not None else "",
        f"at a score of {stop['target']:g}" if stop["target"] is not None else "",
        f"after {stop['patience']} trials without a better score" if stop["patience"] else "",
    ]
    rules = [rule for rule in told if rule]
    return ", or ".join(rules) if rules else "never by itself; Stop ends it with a verdict"


def _cost(found: Mapping[str, Any]) -> str:
    """As far as it is known before anything has run."""
    price, forecast = found["price"], found["forecast"]
    each = price["usd_per_hour"]
    parts = [] if each is None else [f"{money(each)} per worker and hour"]
    if forecast is not None and forecast["total_s"] is not None:
        whole = f"about {duration(forecast['total_s'])} in all"
        if forecast["usd"] is not None:
            whole += f", {money(forecast['usd'])}"
        parts.append(f"{whole}, as search '{forecast['from']['name']}' went")
    elif forecast is None:
        parts.append("how long it takes is known once trials have been scored")
    if each is None:
        parts.append(f"the price of a worker is {price['source']}")
    return "; ".join(parts)
