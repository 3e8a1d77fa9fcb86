"""The resident model as the scorers use it: last hidden states, logits of some of them, and the
keys and values of prefixes that are computed once for each candidate.
"""

import os
from collections import OrderedDict
from typing import Any

import torch

from workers.forest import Tokens

_KEPT_BYTES = 2**30  # of keys and values of prefixes

Cached = tuple[tuple[torch.Tensor, torch.Tensor], ...]  # (keys, values) per layer


class Network:
    """Computes with the weights that `model` has at that moment; call under inference_mode."""

    def __init__(self, model: Any, device: torch.device) -> None:
        """model: a transformers causal LM."""
        self.model = model
        self.device = device
        self.config = model.config.get_text_config()
        self._body = getattr(model, model.base_model_prefix, None) or model
        self._head = model.get_output_embeddings()
        self._bare_head: bool | None = None
        self._kept: OrderedDict[Tokens, Cached] = OrderedDict()

    @property
    def window(self) -> float:
        """Tokens up to which every layer looks at all that came before."""
        kinds = getattr(self.config, "layer_types", None)
        if kinds is not None and all(kind == "full_attention" for kind in kinds):
            return float("inf")
        names = ("sliding_window", "attention_chunk_size")
        sizes = [getattr(self.config, name, None) for name in names]
        return min((size for size in sizes if size), default=float("inf"))

    def hidden(self, rows: torch.Tensor, **arguments: Any) -> torch.Tensor:
        """(b, t, hidden) last hidden states of (b, t) token ids."""
        keep = arguments.get("past_key_values") is not None
        found: torch.Tensor = self._body(input_ids=rows, use_cache=keep, **arguments)[0]
        return found

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """(n, vocabulary) fp32 logits of (n, hidden) states, as the model's own forward makes
        them: by its head alone, or with what the architecture does after it (soft caps, scales).
        """
        if self._bare_head is None and torch.isfinite(hidden).all():
            self._bare_head = self._has_bare_head(hidden[:8])
        if self._bare_head:
            found: torch.Tensor = self._head(hidden)
            return found.float()
        return self._whole_head(hidden)

    def prefix(self, tokens: Tokens, parent: Tokens = ()) -> Cached:
        """Keys and values of a text's beginning, which go on from those of `parent` where that
        was computed already; each at most once for each candidate, while memory suffices.
        """
        if tokens in self._kept:
            self._kept.move_to_end(tokens)
            return self._kept[tokens]
        before = self._kept.get(parent, ()) if parent else ()
        done = len(parent) if before else 0
        cache = cache_of(before, 1)
        self.hidden(torch.tensor([tokens[done:]], device=self.device), past_key_values=cache)
        found = tuple((layer.keys, layer.values) for layer in cache.layers)
        self._kept[tokens] = found
        while len(self._kept) > 1 and sum(map(_bytes, self._kept.values())) > _KEPT_BYTES:
            self._kept.popitem(last=False)
        return found

    def forget(self) -> None:
        """The weights have changed: nothing that was computed with them is used again."""
        self._kept.clear()

    def _has_bare_head(self, hidden: torch.Tensor) -> bool:
        """Tried with small logits and with large ones, which a soft cap would change."""
        return all(
            alike(self._head(hidden * size).float(), self._whole_head(hidden * size))
            for size in (1, 100)
        )

    def _whole_head(self, hidden: torch.Tensor) -> torch.Tensor:
        def replace(_: Any, arguments: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
            return (hidden.unsqueeze(0), *arguments[1:])

        hook = self._head.register_forward_pre_hook(replace)
        try:  # the shortest pass there is, for what comes after the head
            one = torch.zeros(1, 1, dtype=torch.long, device=self.device)
            logits: torch.Tensor = self.model(input_ids=one, use_cache=False).logits
        finally:
            hook.remove()
        return logits[0].float()


def cache_of(found: Cached, rows: int) -> Any:
    """A cache for `rows` rows that all go on from `found`, which is copied, not changed."""
    from transformers import DynamicCache

    cache = DynamicCache()
    for layer, (keys, values) in enumerate(found):
        cache.update(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1), layer)
    return cache


def alike(found: torch.Tensor, expected: torch.Tensor) -> bool:
    """Up to rounding of the dtype that they were computed in."""
    slack = 0.1 if found.dtype in (torch.bfloat16, torch.float16) else 1e-3
    gap = (found.float() - expected.float()).abs().max()
    return bool(gap <= slack * expected.float().abs().max())


def is_out_of_memory(error: Exception) -> bool:
    """Torch has an error of its own for GPUs, and words for CPUs."""
    told = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or any(
        words in told
        for words in ("out of memory", "can't allocate memory", "defaultcpuallocator")
    )


def affordable_tokens(model: Any, device: torch.device) -> int:
    """Positions that a forward pass may have: a tenth of the free memory by a rough count of what
    is alive at once, and no more than what keeps the device busy.
    """
    config = model.config.get_text_config()
    inner = getattr(config, "intermediate_size", None) or 4 * config.hidden_size
    each = model.dtype.itemsize * (16 * config.hidden_size + 4 * inner)
    most = 16_384 if device.type == "cuda" else 2048
    return max(256, min(most, int(0.1 * free_bytes(device) / each)))


def free_bytes(device: torch.device) -> int:
    """Memory that nobody has taken."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _bytes(found: Cached) -> int:
    return sum(2 * keys.numel() * keys.element_size() for keys, _ in found)
