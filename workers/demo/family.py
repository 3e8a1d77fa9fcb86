"""Builds the whole family into a folder, once: base, specialists, tasks."""

import json
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from workers.demo.data import write_tasks
from workers.demo.recipes import BASE, SPECIALISTS

VERSION = 1
MEMBERS = ("base", *SPECIALISTS)


def is_complete(folder: Path, seed: int) -> bool:
    """Is this a whole family of this version and seed?"""
    try:
        found = json.loads((folder / "family.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return (found.get("version"), found.get("seed")) == (VERSION, seed)


def build_family(
    folder: Path, *, seed: int = 0, report: Callable[[str], None] = lambda line: None
) -> None:
    """Trains base and specialists and writes `folder`; returns at once when it is there already.

    Built in a folder beside it that is renamed when whole. The specialists are trained two at a
    time, one thread each; what comes out does not depend on which ends first.
    """
    if is_complete(folder, seed):
        return
    partial = folder.parent / f".{folder.name}.{os.getpid()}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    seconds: dict[str, float] = {}
    started = time.monotonic()
    try:
        write_tasks(partial / "tasks")
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            report(f"training base ({BASE.steps} steps)")
            seconds["base"] = pool.submit(_train_base, partial, seed).result()
            report(f"  base ready after {time.monotonic() - started:.0f} s")
            longest_first = sorted(SPECIALISTS, key=lambda n: -SPECIALISTS[n].steps)
            report(
                "training "
                + ", ".join(f"{n} ({SPECIALISTS[n].steps} steps)" for n in longest_first)
            )
            waiting = {pool.submit(_train_specialist, partial, n, seed): n for n in longest_first}
            for done in as_completed(waiting):
                seconds[waiting[done]] = done.result()
                report(f"  {waiting[done]} ready after {time.monotonic() - started:.0f} s")
        table = {
            "version": VERSION,
            "seed": seed,
            "seconds": {n: round(s, 1) for n, s in seconds.items()},
        }
        (partial / "family.json").write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _train_base(folder: Path, seed: int) -> float:
    import torch

    from workers.demo.train import new_model, stage_seed, train, train_tokenizer

    started = time.monotonic()
    _quiet()
    torch.set_num_threads(min(2, os.cpu_count() or 1))
    train_tokenizer(folder / "base")
    model = new_model(stage_seed(seed, "init") % 2**31)
    train(model, _tokenizer(folder), BASE, stage_seed(seed, "base"))
    model.save_pretrained(folder / "base")
    _card(folder / "base", "base", None)
    return time.monotonic() - started


def _train_specialist(folder: Path, name: str, seed: int) -> float:
    import torch
    from transformers import AutoModelForCausalLM

    from workers.demo.train import stage_seed, train

    started = time.monotonic()
    _quiet()
    torch.set_num_threads(1)
    model = AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32)
    train(model, _tokenizer(folder), SPECIALISTS[name], stage_seed(seed, name))
    model.save_pretrained(folder / name)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(folder / "base" / file, folder / name / file)
    _card(folder / name, name, "base")
    return time.monotonic() - started


def _tokenizer(folder: Path) -> object:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder / "base")


def _quiet() -> None:
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


def _card(folder: Path, name: str, base: str | None) -> None:
    front = ["license: apache-2.0", "tags: [evolve-demo]"]
    if base is not None:
        front += [f"base_model: {base}", "base_model_relation: finetune"]
    text = "---\n" + "\n".join(front) + f"\n---\n# {name}\n\nA member of Evolve's demo family.\n"
    (folder / "README.md").write_text(text, encoding="utf-8")
