"""Texts through transformers' continuous batching: paged keys and values, and CUDA graphs where
there is a GPU. The stops that are strings are ours: it knows end tokens only.
"""

import gc
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from search_spaces.errors import CandidateError
from workers.forest import Tokens
from workers.network import Network, free_bytes, is_out_of_memory

_PAGE = 32  # tokens
_WAIT_S = 60.0


def continued(
    network: Network,
    prompts: Sequence[tuple[Tokens, int]],
    *,
    ends: set[int],
    rows: int,
    has_ended: Callable[[int, list[int]], bool],
) -> list[list[int]]:
    """New tokens of each prompt, greedily.

    prompts: (tokens, how many new ones at most); rows: texts at once; has_ended: by the number of
    a prompt and its new tokens. The pages live for this call only, so none ever holds keys of
    other weights; within it, prompts share those of their common beginning.

    Raises: torch.OutOfMemoryError; CandidateError when the library's thread has failed otherwise.
    """
    from transformers import GenerationConfig
    from transformers.generation.configuration_utils import ContinuousBatchingConfig

    model = network.model
    longest = max(len(tokens) + limit for tokens, limit in prompts)
    most = max(limit for _, limit in prompts)
    pages = math.ceil(longest / _PAGE) + 1
    rows = max(1, min(rows, len(prompts), affordable_pages(network) // pages))
    config = GenerationConfig(
        do_sample=False, max_new_tokens=most, eos_token_id=sorted(ends) or -1
    )
    paging = ContinuousBatchingConfig(
        page_size=_PAGE,
        num_blocks=rows * pages,
        max_batch_tokens=max(longest, 16 * rows),
        max_requests_per_batch=rows,
    )
    attention = model.config._attn_implementation
    found: list[list[int]] = [[] for _ in prompts]
    open_: dict[str, int] = {}
    gc.freeze()  # the manager collects garbage twice as it goes, over all that is loaded
    try:
        with model.continuous_batching_context_manager(
            generation_config=config, continuous_batching_config=paging, warmup=False
        ) as manager:
            for number, (tokens, limit) in enumerate(prompts):
                name = manager.add_request(
                    list(tokens), request_id=str(number), max_new_tokens=limit, streaming=True
                )
                open_[name] = number
            while open_:
                result = manager.get_result(timeout=_WAIT_S)
                if result is None or result.error:
                    why = RuntimeError(_why(result))
                    if is_out_of_memory(why):
                        raise torch.OutOfMemoryError(str(why))
                    raise CandidateError(f"generation by continuous batching failed: {why}")
                taken = _take(result, open_, found, has_ended)
                if taken and not result.is_finished():
                    manager.cancel_request(result.request_id)
    finally:
        gc.unfreeze()
        model.set_attn_implementation(attention)
    return found


def affordable_pages(network: Network) -> int:
    """Pages whose keys and values take half of the free memory."""
    config = network.config
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    each = 2 * config.num_hidden_layers * heads * size * network.model.dtype.itemsize
    return max(1, free_bytes(network.device) // (2 * _PAGE * int(each)))


def _take(
    result: Any,
    open_: dict[str, int],
    found: list[list[int]],
    has_ended: Callable[[int, list[int]], bool],
) -> bool:
    """Notes what a text has got to; True if it has ended."""
    number = open_.get(result.request_id)
    if number is None:  # cancelled, and one step late
        return False
    # Several steps may have come in since the last look: stop where the first of them did.
    seen, tokens = len(found[number]), list(result.generated_tokens)
    for count in range(seen + 1, len(tokens) + 1):
        if has_ended(number, tokens[:count]):
            found[number] = tokens[:count]
            del open_[result.request_id]
            return True
    found[number] = tokens
    if result.is_finished():
        del open_[result.request_id]
        return True
    return False


def _why(result: Any) -> str:
    return f"no token within {_WAIT_S:g} s" if result is None else str(result.error)
