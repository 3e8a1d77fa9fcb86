"""The parity suite: `python -m tests.parity.run`, or `make parity`.

Makes models, merges them with mergekit 0.1.5 in its own environment and with Evolve, compares
every tensor, prints tables. Exits with 1 if anything is over one ulp without a stated reason.
"""

import argparse
import atexit
import os
import shutil
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from rich.console import Console

from search_spaces.errors import EvolveError
from tests.parity.compare import Compared
from tests.parity.draws import Draws, measure, probes
from tests.parity.families import ALL, jobs_over, make_families
from tests.parity.fixtures import write_fixtures
from tests.parity.grid import read_cases
from tests.parity.jobs import Job, read_family, run_command, run_evolve, run_oracle
from tests.parity.judge import judge
from tests.parity.known import print_known
from tests.parity.table import Groups, add_to, fine, print_draws, print_groups

MERGEKIT = Path.home() / ".cache" / "evolve" / "mergekit-0.1.5"
# These go through both command lines as well, and have to come out the same.
COMMANDS = ("linear: slices", "ties: by part", "della: density .5", "passthrough: layers dropped")


def main() -> None:
    options = _options()
    torch.set_num_threads(1)
    console = Console(width=max(150, Console().width))
    if options.write_fixtures:
        write_fixtures(options.mergekit)
        return
    started = time.monotonic()
    work = options.keep or Path(tempfile.mkdtemp(prefix="parity."))
    if options.keep is None:
        atexit.register(shutil.rmtree, work, ignore_errors=True)
    names = options.architectures.split(",")
    chosen = [c for c in read_cases("grid.yaml") if options.only in c.key]
    drawn = [c for c in read_cases("random.yaml") if options.only in c.key]
    console.print(f"{len(chosen) + len(drawn)} recipes; models of {', '.join(names)} in {work}")
    make_families(work / "models", names)
    jobs, random = jobs_over(work, names, chosen), jobs_over(work, names, drawn)
    _run_mergekit(options.mergekit, work, jobs, random)
    console.print(f"merged by mergekit after {time.monotonic() - started:.0f} s")
    results = [
        _deterministic(console, jobs),
        _random(console, random),
        _commands(console, options.mergekit, jobs + random),
    ]
    if not options.only:
        results.append(print_known(console, options.mergekit, work))
    console.print(f"{time.monotonic() - started:.0f} s in all")
    sys.exit(0 if all(results) else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mergekit", type=Path, default=MERGEKIT, help="its environment")
    parser.add_argument("--only", default="", help="part of 'METHOD: NAME'")
    parser.add_argument("--architectures", default=",".join(ALL))
    parser.add_argument("--keep", type=Path, help="a new folder to work in, and to keep")
    parser.add_argument("--write-fixtures", action="store_true")
    return parser.parse_args()


def _run_mergekit(mergekit: Path, work: Path, jobs: list[Job], random: list[Job]) -> None:
    probed = [probe for job in random for probe in probes(job).values()]
    for job in jobs + random + probed:
        job.write()
    orders = [order for job in jobs for order in job.orders()]
    orders += [order for job in random + probed for order in job.orders(exact=False)]
    run_oracle(mergekit, orders, work)


def _deterministic(console: Console, jobs: list[Job]) -> bool:
    family = cache(read_family)
    groups: Groups = {}
    others: Groups = {}
    for job in jobs:
        found = _held(job, family(job.models))
        if job.architecture == "llama":
            add_to(groups, job.case.method, job.dtype, found)
        else:
            add_to(others, job.architecture, job.dtype, found)
        if not fine(found):
            console.print(
                f"[red]{job.architecture} {job.dtype} {job.case.key}[/]: {found.over} over 1 ulp, "
                f"{found.exact.scaled:.1f} from float64 (mergekit {found.theirs.scaled:.1f}), "
                f"{found.worst} {'; '.join(found.problems[:2])}"
            )
    print_groups(console, "Llama, every recipe, by method", groups)
    print_groups(console, "Other architectures, one or two recipes of every method", others)
    every = [found for _, found in (*groups.values(), *others.values())]
    return all(fine(found) for found in every)


def _held(job: Job, models: dict[str, dict[str, torch.Tensor]]) -> Compared:
    """Merges and judges; what either side refuses is a problem, or has a reason."""
    refusals: list[str] = []
    ours: dict[str, torch.Tensor] = {}
    try:
        ours = job.merge()
    except (EvolveError, RuntimeError, ValueError) as error:
        refusals.append(f"Evolve: {error}")
    try:
        if not refusals:
            return judge(job, ours, models)
        job.read("native")
    except RuntimeError as error:
        refusals.append(f"mergekit: {error}")
    zero = any("cancel" in text or "sum of the input tensors is zero" in text for text in refusals)
    if zero and job.case.method == "multislerp":
        who = "mergekit refuses" if len(refusals) == 1 else "both refuse"
        return Compared(reasons={f"{who} a tensor that no model changes, or of zeros"})
    return Compared(problems=refusals)


def _random(console: Console, jobs: list[Job]) -> bool:
    family = cache(read_family)
    found: dict[tuple[str, str], Draws] = {}
    for job in jobs:
        draws = found.setdefault((job.case.method, job.dtype), Draws())
        try:
            for probe in probes(job).values():
                probe.merge()
            measure(job, family(job.models), job.merge(), draws)
        except Exception as error:
            draws.problems.append(f"{job.architecture}, {job.case.name}: {error}")
    print_draws(console, found)
    return all(draws.fine for draws in found.values())


def _commands(console: Console, mergekit: Path, jobs: list[Job]) -> bool:
    """The two commands themselves give what the same code gave in one process."""
    alike = True
    for job in jobs:
        if job.case.key not in COMMANDS or job.architecture != "llama" or job.dtype != "bfloat16":
            continue
        for name, run, kind in (
            ("mergekit-yaml", lambda job=job: run_command(mergekit, job), "native"),
            ("evolve merge", lambda job=job: run_evolve(job), "ours"),
        ):
            mine, wanted = run(), job.read(kind)
            same = mine.keys() == wanted.keys() and all(
                torch.equal(mine[key], wanted[key]) for key in wanted
            )
            alike &= same
            console.print(f"`{name}` {job.case.key}: {'the same' if same else '[red]differs[/]'}")
    return alike


if __name__ == "__main__":
    main()
