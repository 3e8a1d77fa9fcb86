"""The models that a mixture of experts is made of: opened, and held against the base."""

from typing import Any

from search_spaces.errors import ConfigError
from search_spaces.moe import MoeRecipe
from workers.parents import Parent, open_parent

_ACCEPTED = ("llama", "mistral")
_OUTSIDE = ("model.embed_tokens.weight", "model.norm.weight")
_IN_LAYER = (
    "input_layernorm.weight",
    "self_attn.q_proj.weight",
    "self_attn.k_proj.weight",
    "self_attn.v_proj.weight",
    "self_attn.o_proj.weight",
    "post_attention_layernorm.weight",
)
# Mixtral's names on disk, which every loader of such models reads.
MLP = {
    "w1": "mlp.gate_proj.weight",
    "w2": "mlp.down_proj.weight",
    "w3": "mlp.up_proj.weight",
}


def open_experts(recipe: MoeRecipe) -> dict[str, Parent]:
    """Every model of the recipe, opened, and the experts held against the base.

    Raises: ParentError, ConfigError with all that is wrong.
    """
    parents = {reference: open_parent(reference) for reference in recipe.references()}
    base = parents[recipe.base_model]
    problems = _problems_of_base(base)
    if not problems:
        for reference in recipe.parents():
            problems += _problems_of_expert(base, parents[reference])
    if problems:
        raise ConfigError("\n".join(problems))
    return parents


def _problems_of_base(base: Parent) -> list[str]:
    kind = base.config.get("model_type")
    if kind not in _ACCEPTED:
        return [
            f"base '{base.reference}': model_type is {kind}; experts are made of models of type "
            f"{' or '.join(_ACCEPTED)}"
        ]
    wanted = {*_OUTSIDE}
    for layer in range(base.layers):
        wanted |= {f"model.layers.{layer}.{name}" for name in (*_IN_LAYER, *MLP.values())}
    if not resolved(base)["tie_word_embeddings"]:
        wanted.add("lm_head.weight")
    problems = [
        f"base '{base.reference}': lacks tensor '{name}'"
        for name in sorted(wanted - set(base.tensors))[:1]
    ]
    return problems + [
        f"base '{base.reference}': has tensor '{name}', for which a Mixtral model has no place "
        "(it has no biases)"
        for name in sorted(set(base.tensors) - wanted)[:1]
    ]


def _problems_of_expert(base: Parent, expert: Parent) -> list[str]:
    where = f"expert '{expert.reference}'"
    for key, default in (
        ("model_type", None),
        ("num_hidden_layers", None),
        ("hidden_act", "silu"),
    ):
        found, wanted = expert.config.get(key, default), base.config.get(key, default)
        if found != wanted:
            return [f"{where}: {key} is {found}, the base's is {wanted}; they have to agree"]
    names = [n for n in base.tensors if ".mlp." in n]
    for name in names:
        if name not in expert.tensors:
            return [f"{where}: lacks tensor '{name}'"]
        found, wanted = expert.tensors[name].shape, base.tensors[name].shape
        if found != wanted:
            return [f"{where}: '{name}' has shape {list(found)}; the base's is {list(wanted)}"]
    more = sorted({n for n in expert.tensors if ".mlp." in n} - set(names))
    return [f"{where}: has tensor '{n}', for which a Mixtral model has no place" for n in more[:1]]


def resolved(base: Parent) -> dict[str, Any]:
    """config.json with the architecture's defaults filled in."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(
        base.folder, local_files_only=True, trust_remote_code=False
    )
    found: dict[str, Any] = config.to_dict()
    return found
