"""Merging, measured side by side with mergekit 0.1.5 on the same models in one run.

    make bench                      everything, about 25 minutes on 2 cores
    python merging.py --only disk   one part: disk or memory

(disk) whole processes from disk to disk; (memory) the next candidate of a search in resident
tensors, against mergekit's merge_state_dicts, and against a plain copy of the same bytes. Prints
Markdown tables; RESULTS.md keeps them.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import torch
import yaml
from inmemory import PARAMETERS, WITH_BASE_ONLY
from models import write_model

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("EVOLVE_CACHE") or Path.home() / ".cache" / "evolve")
MERGEKIT = CACHE / "mergekit-0.1.5" / "bin"
METHODS = ("linear", "slerp", "ties", "dare_ties", "della", "breadcrumbs", "model_stock", "sce")
IN_MEMORY = (*METHODS[:2], "task_arithmetic", "ties", "dare_linear", *METHODS[3:])


def main() -> None:
    """Reads the command line and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["disk", "memory"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--methods", nargs="*")
    parser.add_argument("--dtypes", nargs="*", default=["float32", "bfloat16"])
    chosen = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d')}, {machine()}, torch {torch.__version__}, 2 threads.\n")
    if chosen.only != "memory":
        disk(chosen.methods or METHODS, chosen.dtypes, chosen.repeats)
    if chosen.only != "disk":
        memory(chosen.methods or IN_MEMORY, chosen.dtypes, chosen.repeats)


def machine() -> str:
    """The processor and what it can do."""
    names = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    kind = torch.backends.cpu.get_cpu_capability()
    return f"{len(names)} x {names[0] if names else platform.machine()} ({kind})"


def disk(methods: Iterable[str], dtypes: Iterable[str], repeats: int) -> None:
    """Whole processes, disk to disk: seconds (median) and peak memory."""
    head = "| dtype | method | mergekit s | Evolve s | times faster | mergekit GB | Evolve GB |"
    print(f"### Disk to disk, whole process, imports included\n\n{head}\n{rule(head)}")
    for dtype in dtypes:
        names = ("base", "a", "b")
        folders = [
            write_model(CACHE / "bench" / dtype / name, number, getattr(torch, dtype))
            for number, name in enumerate(names)
        ]
        for method in methods:
            with tempfile.TemporaryDirectory() as place:
                file = Path(place) / "recipe.yml"
                file.write_text(yaml.safe_dump(recipe(method, folders)))
                ours, theirs = [], []
                for _ in range(repeats):
                    theirs.append(timed(Path(place), [MERGEKIT / "mergekit-yaml", file], []))
                    command = [Path(sys.executable).parent / "evolve", "merge", file]
                    ours.append(timed(Path(place), command, ["--to"]))
            (a, a_peak), (b, b_peak) = best(theirs), best(ours)
            print(
                f"| {dtype} | {method} | {a:.1f} | {b:.1f} | {a / b:.1f} | {a_peak:.2f} | "
                f"{b_peak:.2f} |",
                flush=True,
            )
    print()


def recipe(method: str, folders: list[Path]) -> dict:
    """The recipe of inmemory.py's parameters over models on disk."""
    base, *others = map(str, folders[:2] if method in WITH_BASE_ONLY else folders)
    values = PARAMETERS[method]
    found = {
        "merge_method": method,
        "models": [
            {
                "model": model,
                "parameters": {k: v[i] for k, v in values.items() if isinstance(v, list)},
            }
            for i, model in enumerate(others)
        ],
        "parameters": {k: v for k, v in values.items() if not isinstance(v, list)},
    }
    return found if method == "linear" else found | {"base_model": base}


def timed(place: Path, command: list, option: list) -> tuple[float, float]:
    """(seconds, peak resident GB) of a command that writes a folder."""
    out = place / "out"
    shutil.rmtree(out, ignore_errors=True)
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "2",
        "CUDA_VISIBLE_DEVICES": "",
    }
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(word) for word in [*command, *option, out]],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - started
    if status or not (out / "config.json").exists():
        sys.exit(f"{command[0]} failed:\n{said.decode()[-2000:]}")
    return took, usage.ru_maxrss / 1e6


def best(runs: list[tuple[float, float]]) -> tuple[float, float]:
    """(median seconds, largest peak)."""
    return statistics.median(s for s, _ in runs), max(gb for _, gb in runs)


def memory(methods: Iterable[str], dtypes: Iterable[str], repeats: int) -> None:
    """The next candidate of a search, in resident tensors."""
    head = (
        "| dtype | method | mergekit s | Evolve s | times faster | copy s | of a copy | "
        "extra memory | first candidate s |"
    )
    print(f"### The next candidate of a search, in memory\n\n{head}\n{rule(head)}")
    for dtype in dtypes:
        ours = run(sys.executable, "ours", dtype, 2 * repeats + 1, methods)
        theirs = run(MERGEKIT / "python", "mergekit", dtype, repeats, methods)
        for method in methods:
            a = statistics.median(theirs[method]["all_s"])
            b, copy = statistics.median(ours[method]["all_s"]), ours[method]["copy_s"]
            print(
                f"| {dtype} | {method} | {a:.2f} | {b:.3f} | {a / b:.0f} | {copy:.3f} | "
                f"{b / copy:.1f} | {ours[method]['extra_memory']:.0%} | "
                f"{ours[method]['first_s']:.1f} |",
                flush=True,
            )
    print()


def run(
    python: Path | str, who: str, dtype: str, repeats: int, methods: Iterable[str]
) -> dict[str, dict]:
    """All methods in a process of its own; the JSON line it prints for each."""
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[1]), "OMP_NUM_THREADS": "2"}
    found = subprocess.run(
        [str(python), str(HERE / "inmemory.py"), who, dtype, str(repeats), *methods],
        env=environment,
        capture_output=True,
        text=True,
    )
    if found.returncode:
        sys.exit(f"{who} failed:\n{found.stderr[-2000:]}")
    rows = [json.loads(line) for line in found.stdout.splitlines() if line.startswith("{")]
    return {row["method"]: row for row in rows}


def rule(head: str) -> str:
    """The line under a table's head."""
    return "|" + "---|" * (head.count("|") - 1)


if __name__ == "__main__":
    main()
