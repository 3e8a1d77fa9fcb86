"""The resident model that every recipe of a search is written into."""

import time
from collections.abc import Mapping
from typing import Any

import torch

from search_spaces.errors import ParentError
from workers.materialize import DTYPES
from workers.parents import Parent


def build_model(base: Parent, dtype: str, device: torch.device) -> Any:
    """An uninitialized transformers causal LM of the base's configuration, in eval mode.

    Its weights are those of `dtype`, but they are held and multiplied in fp32 where the device has
    no fast arithmetic of that dtype.
    """
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    config = AutoConfig.from_pretrained(
        base.folder, local_files_only=True, trust_remote_code=False
    )
    computed = DTYPES[dtype] if is_fast(DTYPES[dtype], device) else torch.float32
    model = AutoModelForCausalLM.from_config(
        config, dtype=computed, attn_implementation="sdpa", trust_remote_code=False
    )
    return model.to(device).eval().requires_grad_(False)


def is_fast(dtype: torch.dtype, device: torch.device) -> bool:
    """Does a matrix product in `dtype` take no longer than in fp32? Measured, on a CPU.

    A CPU without bf16 instructions computes it up to 80 times slower, one with them 4 times
    faster.
    """
    if device.type != "cpu" or dtype == torch.float32:
        return True
    return _product_s(dtype) <= _product_s(torch.float32)


def _product_s(dtype: torch.dtype) -> float:
    """Seconds of a (32, 512) by (512, 512) product, the best of five."""
    left, right = torch.ones(32, 512, dtype=dtype), torch.ones(512, 512, dtype=dtype)
    found = []
    for _ in range(5):
        started = time.perf_counter()
        _ = left @ right
        found.append(time.perf_counter() - started)
    return min(found)


def tensors_of(model: Any, base: Parent) -> Mapping[str, torch.Tensor]:
    """checkpoint tensor name -> the model's own storage of it.

    Raises: ParentError when a tensor of the checkpoint has no place in the model, or the model has
    a parameter that the checkpoint does not fill (tied ones are filled by their twin).
    """
    places = dict(model.state_dict(keep_vars=True))
    missing = [name for name in base.tensors if name not in places]
    if missing:
        raise ParentError(
            f"{base.folder}: tensor '{missing[0]}' has no place in a "
            f"{base.config.get('model_type')} model"
        )
    filled = {places[name].data_ptr() for name in base.tensors}
    empty = [n for n, p in model.named_parameters() if p.data_ptr() not in filled]
    if empty:
        raise ParentError(
            f"{base.folder}: the checkpoint has no tensor '{empty[0]}', which the model needs"
        )
    return {name: places[name] for name in base.tensors}
