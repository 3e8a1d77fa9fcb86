"""What `evolve plan` found, on a terminal."""

from collections.abc import Mapping
from typing import Any

import yaml
from rich.console import Console

from evolve.cli.before_run import print_remarks
from evolve.cli.gene_table import genes_table
from evolve.cli.planning import races
from evolve.cli.tables import duration, pairs_table
from evolve.optimizers.registry import ENTRIES
from evolve.pricing import money

_WALKS = "walks the path of a gradient descent on the weights"
_CHOOSE = {
    "average": "the best average on validation items is chosen",
    "knee": "the knee of the front on validation items is chosen",
}


def print_plan(console: Console, found: Mapping[str, Any]) -> None:
    """found: of `evolve.cli.planning.plan`."""
    console.print(pairs_table(f"Search '{found['search']['name']}'", _pairs(found)))
    console.print()
    print_remarks(console, found["remarks"])
    console.print(genes_table(found["genes"]))
    console.print("[bold]Search file with every default[/bold]")
    console.print(
        yaml.safe_dump(found["config"], sort_keys=False, allow_unicode=True),
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _pairs(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    several = not races(dict(found))
    pairs = [
        ("digest", found["search"]["digest"]),
        ("model", f"{found['parameters']:,} parameters, {found['layers']} layers"),
        ("space", _space(found)),
        ("optimizer", _optimizer(found)),
    ]
    if found["why"] is not None:
        pairs.append(("chosen by auto", found["why"]))
    if several:
        pairs.append(("objectives", _objectives(found)))
    pairs += [(f"{split} items", _items(tasks)) for split, tasks in found["items"].items()]
    pairs += [
        ("racing", _racing(found["racing"], several=several)),
        ("before trials", _before(found)),
        ("stops", _stops(found)),
        ("evaluations", _evaluations(found)),
    ]
    pairs.append(("cost", _cost(found)))
    if found["forecast"] is not None:
        pairs.append(("forecast", _forecast(found["forecast"])))
    memory = (
        f"{found['memory_per_worker_gib']:.2f} GiB per worker, before activations; "
        "on a GPU with less free, parents stay in pinned host memory and stream"
    )
    return [*pairs, ("memory", memory)]


def _space(found: Mapping[str, Any]) -> str:
    choices = sum(1 for gene in found["genes"] if gene["choices"])
    numbers = found["dimension"] - choices
    genes = [
        f"{count} {one if count == 1 else many}"
        for count, one, many in [(numbers, "number", "numbers"), (choices, "choice", "choices")]
        if count
    ]
    space = found["space"]
    methods = [m for m in space["methods"] if m != "passthrough"] or space["methods"]
    line = f"{space['kind']}, {' and '.join(genes)}: {', '.join(methods)}"
    if space["most_layers"] != found["layers"]:
        line += f"; merged models of up to {space['most_layers']} layers"
    return line


def _optimizer(found: Mapping[str, Any]) -> str:
    name = str(found["optimizer"])
    line = f"{name}, {ENTRIES[name].about if name in ENTRIES else _WALKS}"
    if found["population"] is not None:
        line += f", population {found['population']}"
    return line


def _objectives(found: Mapping[str, Any]) -> str:
    choose = found["choose"]
    if isinstance(choose, str):
        how = _CHOOSE[choose]
    else:
        weights = ", ".join(f"{name} {weight:g}" for name, weight in choose.items())
        how = f"the best on validation items by weights ({weights}) is chosen"
    return f"{', '.join(found['objectives'])}; {how}"


def _racing(racing: Mapping[str, Any], *, several: bool) -> str:
    turns = "; each generation meets another quarter" if racing["items"] == "rotate" else ""
    if racing["method"] == "off":
        why = ", because each objective wants its own score" if several else ""
        return f"off: every trial is scored on all its search items{why}{turns}"
    return (
        f"{racing['method']}, {racing['blocks']} blocks of search items, error "
        f"{racing['error']:g}{turns}"
    )


def _before(found: Mapping[str, Any]) -> str:
    starts = ", ".join(
        f"{name} ({'up to ' if count > 1 else ''}{count})"
        for name, count in found["starts"].items()
    )
    line = f"{found['references']} references (base, parents, plain merges, one scale for all)"
    return f"{line}; starting points: {starts}" if starts else line


def _stops(found: Mapping[str, Any]) -> str:
    stop = found["stop"]
    told = [
        f"{stop['trials']} trials" if stop["trials"] is not None else "",
        f"{stop['hours']:g} hours" if stop["hours"] is not None else "",
        f"${stop['usd']:g} spent" if stop["usd"] is not None else "",
        f"a score of {stop['target']:g}" if stop["target"] is not None else "",
        f"{stop['patience']} trials without a better score" if stop["patience"] else "",
    ]
    rules = [rule for rule in told if rule]
    if not rules:
        return (
            "never by itself: Ctrl-C stops it, the same command goes on, and `evolve run FILE "
            "--finish` chooses from what there is"
        )
    return f"after {rules[0]}" if len(rules) == 1 else f"at the first of {', '.join(rules)}"


def _evaluations(found: Mapping[str, Any]) -> str:
    starts, references = sum(found["starts"].values()), found["references"]
    before = f"{references} references" + (f" + up to {starts} starts" if starts else "")
    if found["trials"] is None:
        return f"{before} + trials without a limit, on search items"
    total = found["trials"] + references + starts
    upto = "up to " if starts else ""
    return f"{upto}{total} on search items ({before} + {found['trials']} trials)"


def _cost(found: Mapping[str, Any]) -> str:
    """As far as it is known before anything has run, and where the price is from."""
    price, hour, stop = found["price"], found["usd_per_hour"], found["stop"]
    if price["usd_per_hour"] is None:
        return str(price["source"])
    each = money(price["usd_per_hour"])
    count = found["config"]["workers"]["count"]
    line = f"{each} per worker and hour" if hour is None else f"${hour:.2f} per hour"
    line += "" if hour is None else f" ({count} x {each})"
    limits = [usd for usd in (stop["usd"], stop["hours"] and hour and hour * stop["hours"]) if usd]
    if limits:
        line += f"; it ends at ${min(limits):.2f} at the latest"
    elif found["forecast"] is None:
        line += "; `evolve show` projects the total once trials have been scored"
    return f"{line}. Price: {price['source']}"


def _forecast(found: Mapping[str, Any]) -> str:
    """Time and money, as an earlier search measured them."""
    workers = f"{found['workers']} worker{'s' if found['workers'] > 1 else ''}"
    parts = [f"{duration(found['closing_s'])} to choose and report"]
    if found["trial_s"] >= 0.05:
        parts.insert(0, f"{found['trial_s']:.1f} s per trial")
    if found["total_s"] is not None:
        parts.insert(0, f"{duration(found['total_s'])} in all with {workers}")
    if found["usd_per_trial"] is not None:
        parts.append(f"{money(found['usd_per_trial'])} per trial")
    if found["usd"] is not None:
        parts.append(f"{money(found['usd'])} in all")
    source = f"'{found['from']['name']}' ({found['from']['digest'][:8]})"
    return f"{', '.join(parts)}; as measured in search {source}"


def _items(tasks: Mapping[str, int]) -> str:
    return (
        f"{sum(tasks.values()):,} ("
        + ", ".join(f"{task} {count:,}" for task, count in tasks.items())
        + ")"
    )
