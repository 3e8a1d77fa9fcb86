"""The resident model that every recipe of a search is written into."""

from collections.abc import Mapping
from typing import Any

import torch

from search_spaces.errors import ParentError
from workers.materialize import DTYPES
from workers.parents import Parent


def build_model(base: Parent, dtype: str, device: torch.device) -> Any:
    """An uninitialized transformers causal LM of the base's configuration, in eval mode."""
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    config = AutoConfig.from_pretrained(
        base.folder, local_files_only=True, trust_remote_code=False
    )
    model = AutoModelForCausalLM.from_config(
        config, dtype=DTYPES[dtype], attn_implementation="sdpa", trust_remote_code=False
    )
    return model.to(device).eval().requires_grad_(False)


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
