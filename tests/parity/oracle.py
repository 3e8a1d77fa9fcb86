"""What mergekit makes of many recipes, in one process; runs inside mergekit's environment.

    python oracle.py JOBS.json

JOBS: [{"yaml": FILE, "out": FOLDER, "seed": int | null, "plan": FILE | null}]. Each recipe is
merged into its folder the way the command mergekit-yaml does it. `plan`: where the parameters go
that mergekit resolved for every tensor. What fails leaves OUT/error.txt.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
import yaml
from mergekit.architecture import get_architecture_info
from mergekit.common import dtype_from_name
from mergekit.config import ConfigReader, MergeConfiguration
from mergekit.io.tasks import SaveTensor
from mergekit.merge import run_merge
from mergekit.merge_methods import get, merge_tensors
from mergekit.options import MergeOptions
from mergekit.parameter_resolver import resolve_parameters
from mergekit.plan import MergePlanner
from safetensors.torch import load_file, save_file
from transformers import AutoConfig


def main() -> None:
    torch.set_num_threads(1)
    jobs = json.loads(Path(sys.argv[1]).read_text())
    for number, job in enumerate(jobs):
        out = Path(job["out"])
        options = MergeOptions(
            write_model_card=False, copy_tokenizer=False, quiet=True, random_seed=job.get("seed")
        )
        try:
            text = Path(job["yaml"]).read_text()
            run_merge(_read(text), str(out), options)
            config = _read(text)
            planner = _planner(config, job["out"], options)
            plan = _plan(planner, job["out"])
            plan |= _merge_stored(planner, plan, out)
            if job.get("plan"):
                Path(job["plan"]).write_text(json.dumps(plan))
        except Exception as error:
            out.mkdir(parents=True, exist_ok=True)
            (out / "error.txt").write_text(f"{type(error).__name__}: {error}")
        if number % 20 == 19:
            print(f"{number + 1}/{len(jobs)}", flush=True)


def _read(text: str) -> MergeConfiguration:
    return MergeConfiguration.model_validate(yaml.safe_load(text))


def _planner(config: MergeConfiguration, out: str, options: MergeOptions) -> MergePlanner:
    architecture = get_architecture_info(config, options)
    return MergePlanner(config, architecture, options, AutoConfig.from_pretrained(out))


def _plan(planner: MergePlanner, out: str) -> dict[str, Any]:
    """Tensor -> {shared: parameters, base: model, inputs: model -> {tensor, parameters}}."""
    found = {}
    for task in planner.plan_to_disk(out):
        if not isinstance(task, SaveTensor):
            continue
        merge = task.tensor_task
        names = {m: info.name for m, info in merge.gather_tensors.weight_info.items()}
        given = {m: dict(p.items()) for m, p in merge.input_parameters.items()}
        found[task.tensor_name] = _entry(merge.parameters, merge.base_model, names, given)
    return found


def _entry(shared: Any, base: Any, names: Any, given: Any) -> dict[str, Any]:
    return {
        "shared": dict(shared.items()),
        "base": None if base is None else str(base),
        "inputs": {
            str(m): {"tensor": name, "parameters": given.get(m, {})} for m, name in names.items()
        },
    }


def _merge_stored(planner: MergePlanner, plan: dict[str, Any], out: Path) -> dict[str, Any]:
    """Merges the tensors that mergekit reads only after fusing them, one by one; their plan.

    Experts of a Mixtral are stored apart and merged there as one tensor per layer. Recipes with
    slices are left alone.
    """
    (module,) = planner.config.modules.values()
    names = [source.model for source in module.slices[0].sources]
    models = {m: load_file(Path(m.model.path) / "model.safetensors") for m in names}
    used = {one["tensor"] for entry in plan.values() for one in entry["inputs"].values()}
    tied = planner.out_model_config.tie_word_embeddings
    rest = [n for n in models[names[0]] if n not in used and not (tied and "lm_head" in n)]
    if len(module.slices) > 1 or not rest:
        return {}
    method, base = get(planner.config.merge_method), planner.config.base_model
    layers = planner.out_model_config.num_hidden_layers
    merged, found = {}, {}
    for name in rest:
        depth = int(name.split(".layers.")[1].split(".")[0]) / (layers - 1)
        reader = ConfigReader(config=planner.config, t=depth, slice_out=module.slices[0])
        shared, each = resolve_parameters(
            method.spec,
            tensor_name=name,
            inputs=dict.fromkeys(names, name),
            sources=reader.parameter_sources,
            base_model=base,
            t=depth,
        )
        found[name] = _entry(shared, base, dict.fromkeys(names, name), each)
        values = {
            p.name: {m: each[m][p.name] for m in names if p.name in each[m]}
            for p in method.spec.input_parameters
        }
        merged[name] = merge_tensors(
            [models[m][name] for m in names],
            method,
            parameters={**shared, **values},
            ids=names,
            base_index=names.index(base) if base in names else None,
            dtype=dtype_from_name(planner.config.dtype),
            out_dtype=dtype_from_name(planner.config.out_dtype),
        ).contiguous()
    save_file(merged, out / "stored.safetensors")
    return found


if __name__ == "__main__":
    main()
