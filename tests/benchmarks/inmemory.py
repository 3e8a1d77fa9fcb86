"""Times one method on tensors in memory: in Evolve's environment, or in mergekit's.

merging.py runs it as a process of its own: `inmemory.py ours|mergekit DTYPE REPEATS METHOD...`
prints one JSON line per method. mergekit's merges are timed on exactly the same tensors.
"""

import json
import sys
import time

import torch
from models import tensors

PARAMETERS = {
    "linear": {"weight": [0.6, 0.4]},
    "slerp": {"t": 0.4},
    "task_arithmetic": {"weight": [0.6, 0.4]},
    "ties": {"weight": [0.6, 0.4], "density": [0.5, 0.3]},
    "dare_linear": {"weight": [0.6, 0.4], "density": [0.5, 0.3]},
    "dare_ties": {"weight": [0.6, 0.4], "density": [0.5, 0.3]},
    "della": {"weight": [0.6, 0.4], "density": [0.5, 0.3], "epsilon": [0.1, 0.1]},
    "breadcrumbs": {"weight": [0.6, 0.4], "density": [0.5, 0.3], "gamma": [0.01, 0.02]},
    "model_stock": {},
    "sce": {"select_topk": 0.3},
}
WITH_BASE_ONLY = ("slerp",)


def main() -> None:
    """Reads the command line."""
    who, dtype, repeats, *methods = sys.argv[1:]
    torch.set_num_threads(2)
    models = [tensors(i, getattr(torch, dtype)) for i in range(3)]
    for method in methods:
        used = models[:2] if method in WITH_BASE_ONLY else models
        run = ours(method, used) if who == "ours" else mergekits(method, used)
        started = time.perf_counter()
        run(0)
        first = time.perf_counter() - started
        # mergekit's sorting methods take many seconds: once is enough there.
        found = [first] if first > 5 and who != "ours" else []
        for number in range(1, 1 if found else int(repeats) + 1):
            started = time.perf_counter()
            run(number)
            found.append(time.perf_counter() - started)
        row = {"method": method, "first_s": first, "all_s": sorted(found)}
        print(json.dumps(row | (peaks(run) if who == "ours" else {})), flush=True)


def moved(method: str, number: int) -> dict:
    """The next candidate of a search: all its numbers have changed."""
    factor = 1 + 0.001 * number
    return {
        name: [v * factor for v in value] if isinstance(value, list) else value * factor
        for name, value in PARAMETERS[method].items()
    }


def ours(method: str, models: list):
    """Materializes the next candidate into resident tensors."""
    from search_spaces.recipe import Recipe
    from workers.materialize import Merge, materialize
    from workers.methods import Facts

    class Given:
        def __init__(self, name, found):
            self.fingerprint, self.found = name, found

        def get(self, tensor):
            return self.found[tensor]

    names = ["base", "a", "b"][: len(models)]
    weights = {name: Given(name, found) for name, found in zip(names, models, strict=True)}
    out = {name: torch.empty_like(tensor) for name, tensor in models[0].items()}
    facts = Facts(keep=True)

    def run(number: int) -> None:
        values = moved(method, number)
        sources = [
            {
                "model": name,
                "parameters": {k: v[index] for k, v in values.items() if isinstance(v, list)},
            }
            for index, name in enumerate(names[1:])
        ]
        recipe = Recipe.model_validate(
            {
                "merge_method": method,
                "base_model": None if method == "linear" else "base",
                "models": sources,
                "parameters": {k: v for k, v in values.items() if not isinstance(v, list)},
            }
        )
        materialize(Merge(recipe, weights, out, 15, facts=facts, compile_it=True), out)

    run.out, run.models = out, models
    return run


def peaks(run) -> dict:
    """Time of a plain copy of the same bytes, and memory above what was there before."""
    import threading

    def resident() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    found = []
    for _ in range(9):
        started = time.perf_counter()
        for name, tensor in run.out.items():
            tensor.copy_(run.models[0][name])
        found.append(time.perf_counter() - started)
    before, most, done = resident(), [0], threading.Event()

    def watch() -> None:
        while not done.is_set():
            most[0] = max(most[0], resident())
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    run(99)
    done.set()
    watcher.join()
    model = sum(t.numel() * t.element_size() for t in run.out.values())
    return {
        "copy_s": sorted(found)[len(found) // 2],
        "extra_memory": max(0, most[0] - before) / model,
    }


def mergekits(method: str, models: list):
    """mergekit's public in-memory merge of the same tensors."""
    from mergekit.merge_methods.api import merge_state_dicts

    names = ["base", "a", "b"][: len(models)]
    inputs = dict(zip(names, models, strict=True))
    if method == "linear":
        del inputs["base"]

    def run(number: int) -> None:
        parameters = {
            k: dict(zip(["a", "b"], v, strict=True)) if isinstance(v, list) else v
            for k, v in moved(method, number).items()
        }
        with torch.no_grad():
            merge_state_dicts(
                inputs,
                method,
                parameters=parameters,
                base=None if method == "linear" else "base",
            )

    return run


if __name__ == "__main__":
    main()
