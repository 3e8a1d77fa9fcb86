"""The gates of a mixture of experts: one vector per layer and expert, from prompts or drawn.

A token goes to the experts whose vectors have the largest product with its hidden state, so a
vector that looks like the hidden states of an expert's prompts sends such tokens there.
"""

import math
from collections.abc import Iterable

import torch

from search_spaces.errors import ConfigError
from search_spaces.moe import Expert, MoeRecipe
from workers.parents import Parent
from workers.tokenizer_files import open_tokenizer
from workers.weights import OnDisk

_EMBEDDING = "model.embed_tokens.weight"
_SMALLEST_NORM = 1e-8


def gate_vectors(recipe: MoeRecipe, base: Parent) -> torch.Tensor:
    """(layers, experts, hidden) fp32; from prompts, each vector has length 1.

    With prompts a vector is what the positive ones give minus what the negative ones give. A drawn
    one comes from a generator of its own, seeded by the recipe.

    Raises: ConfigError for a prompt without tokens; ParentError.
    """
    experts, hidden = len(recipe.experts), base.tensors[_EMBEDDING].shape[1]
    shape = (base.layers, experts, hidden)
    generator = torch.Generator().manual_seed(recipe.seed)
    if recipe.gate_mode == "random":
        return torch.randn(shape, generator=generator)
    if recipe.gate_mode == "uniform_random":
        bound = math.sqrt(1 / hidden)
        return torch.rand(shape, generator=generator) * 2 * bound - bound
    prompts = _tokens(base, _prompts(recipe.experts))
    with torch.inference_mode():
        if recipe.gate_mode == "cheap_embed":
            found = _embedded(base, prompts).unsqueeze(1).expand(-1, base.layers, -1)
        else:
            found = _hidden(base, prompts, average=recipe.gate_mode == "hidden_avg")
        vectors, start = [], 0
        for expert in recipe.experts:
            sides = []
            for texts in (expert.positive_prompts or (), expert.negative_prompts or ()):
                part = found[start : start + len(texts)]
                start += len(texts)
                if not texts:
                    continue
                if recipe.gate_mode == "cheap_embed":
                    sides.append(_unit(part.sum(dim=0)))
                else:
                    sides.append(part.mean(dim=0))
            vectors.append(_unit(sides[0] - sides[1] if len(sides) == 2 else sides[0]))
    return torch.stack(vectors, dim=1)


def degenerate(gates: torch.Tensor, threshold: float = 5.0) -> list[int]:
    """Layers whose gates nearly depend on each other, so that some experts are hardly used.

    gates: (layers, experts, hidden); threshold: mergekit-moe's, on the condition number.
    """
    conditions = torch.linalg.cond(gates)
    return [i for i, c in enumerate(conditions.tolist()) if not c <= threshold]


def _prompts(experts: Iterable[Expert]) -> list[str]:
    return [
        text
        for expert in experts
        for texts in (expert.positive_prompts, expert.negative_prompts)
        for text in texts or ()
    ]


def _tokens(base: Parent, prompts: Iterable[str]) -> list[torch.Tensor]:
    """(1, length) token ids of each prompt, after the beginning-of-sequence token if there is
    one.
    """
    tokenizer = open_tokenizer(base.folder)
    begin, rows = tokenizer.bos_token or "", base.tensors[_EMBEDDING].shape[0]
    found = []
    for prompt in prompts:
        ids = tokenizer(begin + prompt, add_special_tokens=False)["input_ids"]
        if not ids or max(ids) >= rows:
            problem = "has no token" if not ids else f"has token {max(ids)} of {rows} embeddings"
            raise ConfigError(
                f"prompt {prompt!r:.60} {problem} with the tokenizer of {base.folder}; change it"
            )
        found.append(torch.tensor([ids]))
    return found


def _embedded(base: Parent, prompts: list[torch.Tensor]) -> torch.Tensor:
    """(prompts, hidden) fp32: the sum of the embeddings of each prompt's tokens."""
    table = OnDisk(base).get(_EMBEDDING)
    return torch.stack([table[ids[0]].float().sum(dim=0) for ids in prompts])


def _hidden(base: Parent, prompts: list[torch.Tensor], average: bool) -> torch.Tensor:
    """(prompts, layers, hidden) fp32: what enters each layer, at the last token or averaged.

    One layer of the base is in memory at a time: all prompts go through it, then its weights are
    overwritten with the next layer's. Prompts are not padded, so none sees another's length.
    """
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.from_pretrained(
        base.folder, local_files_only=True, trust_remote_code=False
    )
    config.num_hidden_layers, config.vocab_size, config.pad_token_id = 1, 1, None
    model = AutoModel.from_config(config, dtype=torch.float32, trust_remote_code=False).eval()
    # What comes out is then what the next layer gets.
    model.norm = torch.nn.Identity()
    weights = OnDisk(base)
    table = weights.get(_EMBEDDING)
    states = [table[ids].float() for ids in prompts]
    del table
    entering = []
    for layer in range(base.layers):
        if layer > 0:
            for name, place in model.layers[0].state_dict().items():
                place.copy_(weights.get(f"model.layers.{layer - 1}.{name}"))
            states = [model(inputs_embeds=s, use_cache=False).last_hidden_state for s in states]
        entering.append(torch.stack([s[0].mean(dim=0) if average else s[0, -1] for s in states]))
    return torch.stack(entering, dim=1)


def _unit(vectors: torch.Tensor) -> torch.Tensor:
    """The vectors in the last dimension, scaled to length 1; zeros stay zeros."""
    norms: torch.Tensor = vectors.norm(dim=-1, keepdim=True)
    return vectors / norms.clamp(min=_SMALLEST_NORM)
