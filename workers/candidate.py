"""The resident model that every recipe of a search is written into."""

import platform
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import torch

from search_spaces.errors import ParentError
from workers.depth import with_layers
from workers.materialize import DTYPES
from workers.parents import Parent


def pick_device(wanted: str) -> torch.device:
    """wanted: `auto` (a GPU where there is one), `cpu` or `cuda`."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(wanted)


def build_model(base: Parent, dtype: str, device: torch.device, layers: int | None = None) -> Any:
    """An uninitialized transformers causal LM of the base's configuration, in eval mode.

    layers: another number of them than the base has. Its weights are those of `dtype`, but they
    are held and multiplied in fp32 where the device has no fast arithmetic of that dtype.
    """
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig
    from transformers.initialization import no_init_weights
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(
            base.folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # whatever the library raises of a strange file
        raise ParentError(
            f"{base.folder / 'config.json'}: transformers cannot read it: "
            f"{' '.join(str(error).split())[:300]}"
        ) from None
    if layers not in (None, base.layers):
        with_layers(config, layers)
    computed = DTYPES[dtype] if is_fast(DTYPES[dtype], device) else torch.float32
    with no_init_weights():  # every weight is written before it is read
        model = AutoModelForCausalLM.from_config(config, dtype=computed, trust_remote_code=False)
    model.tie_weights()
    if (base.folder / "generation_config.json").exists():
        model.generation_config = GenerationConfig.from_pretrained(
            base.folder, local_files_only=True
        )
    return model.to(device).eval().requires_grad_(False)


def is_fast(dtype: torch.dtype, device: torch.device) -> bool:
    """Does the device multiply in `dtype` at least as fast as in fp32?

    By what the CPU says of itself: one without such instructions is up to 80 times slower, one
    with them 4 times faster. (A measurement would depend on what else the machine does, and two
    workers of one search might compute in two dtypes.)
    """
    if device.type != "cpu" or dtype == torch.float32:
        return True
    if dtype == torch.float16:
        return bool(torch.cpu._is_amx_fp16_supported())
    if platform.machine().startswith(("arm", "aarch")):
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def tensors_of(model: Any, base: Parent) -> Mapping[str, torch.Tensor]:
    """checkpoint tensor name -> the model's own storage of it, in the checkpoint's shape.

    Names and layouts are translated as transformers does when it loads: a prefix that checkpoints
    of the bare model lack is added, and the tensor of one expert is a view into the fused tensor
    of all of them.

    Raises: ParentError when a tensor of the checkpoint has no place in the model, or another shape
    there, or when the checkpoint leaves a part of the model unfilled (tied tensors are filled by
    their twin).
    """
    own: dict[str, torch.Tensor] = dict(model.state_dict(keep_vars=True))
    place_of = _places(model, own)
    found: dict[str, torch.Tensor] = {}
    filled: dict[tuple[int, int], torch.Tensor] = {}
    for name, header in base.tensors.items():
        place = place_of(name)
        if place is None:
            raise ParentError(
                f"{header.file}: tensor '{name}' has no place in a "
                f"{base.config.get('model_type')} model; is model_type right in "
                f"{base.folder / 'config.json'}?"
            )
        if tuple(place.shape) != header.shape:
            raise ParentError(
                f"{header.file}: tensor '{name}' has shape {list(header.shape)}; "
                f"{base.folder / 'config.json'} asks for {list(place.shape)}"
            )
        found[name] = place
        filled[place.data_ptr(), place.numel()] = place
    counts: Counter[int] = Counter()
    for place in filled.values():
        counts[place.untyped_storage().data_ptr()] += place.numel()
    for name, tensor in own.items():
        count = counts[tensor.untyped_storage().data_ptr()]
        if count < tensor.numel():
            lacks = f"'{name}'" if count == 0 else f"a part of '{name}'"
            raise ParentError(
                f"{base.folder}: the checkpoint has no tensor for {lacks}, which a "
                f"{base.config.get('model_type')} model needs; copy the checkpoint again"
            )
    return found


def _places(model: Any, own: Mapping[str, torch.Tensor]) -> Callable[[str], torch.Tensor | None]:
    """A function from the name of a checkpoint tensor to its place in the model, None if there is
    none.

    own: the model's tensors by its own names.
    """
    from transformers.conversion_mapping import get_model_conversion_mapping
    from transformers.core_model_loading import WeightConverter, WeightRenaming, rename_source_key

    mapping = get_model_conversion_mapping(model)
    renamings = [m for m in mapping if isinstance(m, WeightRenaming)]
    fused = [m for m in mapping if isinstance(m, WeightConverter)]
    converters = {pattern: m for m in fused for pattern in m.source_patterns}

    def place_of(name: str) -> torch.Tensor | None:
        prefix = model.base_model_prefix
        target, pattern = rename_source_key(name, renamings, fused, prefix, own)
        whole = own.get(target)
        if whole is None or pattern is None:
            return whole
        renamed, _ = rename_source_key(name, renamings, [])
        return _part(whole, renamed, pattern, converters[pattern])

    return place_of


def _part(whole: torch.Tensor, name: str, pattern: str, converter: Any) -> torch.Tensor | None:
    """The view of `whole` that the tensor `name` becomes: the converter's operations undone, last
    first. None where an operation has no view.

    pattern: that of the converter's sources which `name` matches, e.g. `.experts.*.w1.weight`.
    """
    if len(converter.target_patterns) != 1:
        return None
    sources = list(converter.source_patterns)
    for operation in reversed(converter.operations):
        kind = type(operation).__name__
        if kind == "MergeModulelist":
            number = re.search(pattern.replace("*.", r"(?P<number>\d+)\."), name)
            if number is None or int(number["number"]) >= whole.shape[operation.dim]:
                return None
            whole = whole.select(operation.dim, int(number["number"]))
        elif kind == "Concatenate" and whole.shape[operation.dim] % len(sources) == 0:
            whole = whole.chunk(len(sources), operation.dim)[sources.index(pattern)]
        elif kind == "Transpose" and not operation.check_dims:
            whole = whole.transpose(operation.dim0, operation.dim1)
        else:
            return None
    return whole
