"""The tensors by which a layer adds to the residual stream, by their names in checkpoints."""

from collections.abc import Iterable

from search_spaces.errors import ConfigError
from search_spaces.resolve import layer_of

# Parts of names, of the last linear map of the attention and of the MLP; biases bear them too.
_ATTENTION = (
    "o_proj",  # Llama, Mistral, Qwen, Gemma, Phi-3, StarCoder2
    "attn.c_proj",  # GPT-2, GPT-BigCode
    "attention.dense",  # GPT-NeoX, Falcon, BLOOM
    "self_attn.dense",  # Phi, Persimmon
    "out_proj",  # OPT, GPT-J, GPT-Neo, MPT
    "attention.wo",  # InternLM2
)
_MLP = (
    "down_proj",  # Llama, Mistral, Qwen, Gemma, Phi-3, MPT
    "mlp.c_proj",  # GPT-2, GPT-BigCode, GPT-Neo, StarCoder2
    "dense_4h_to_h",  # GPT-NeoX, Falcon, BLOOM, Persimmon
    "fc2",  # Phi, OPT
    "fc_out",  # GPT-J
    ".w2.",  # Mixtral, InternLM2
)
# Norms behind these maps, which would take any scale of theirs away again.
_NORMED = ("post_feedforward_layernorm", "post_mlp_layernorm")  # Gemma 2, OLMo 2; GLM-4

KNOWN_WRITERS = _ATTENTION + _MLP


def writers(tensors: Iterable[str]) -> tuple[str, ...]:
    """Parts of names that are in those of the tensors which write to the residual stream, and in
    no others.

    Raises: ConfigError for an architecture of which they are not known, or that normalizes what
    they write.
    """
    inside = [name for name in tensors if layer_of(name) is not None]
    normed = next((name for name in inside if any(part in name for part in _NORMED)), None)
    if normed is not None:
        raise ConfigError(
            f"space.scale: '{normed}' normalizes what a layer adds, so that a scale would do "
            "nothing; set scale to null"
        )
    found = tuple(part for part in KNOWN_WRITERS if any(part in name for name in inside))
    for parts, where in ((_ATTENTION, "attention"), (_MLP, "MLP")):
        if not set(parts) & set(found):
            raise ConfigError(
                f"space.scale: no tensor is known by which the {where} adds to the residual "
                f"stream; expected one of {', '.join(parts)} in a name, found e.g. "
                f"'{next(iter(inside), '')}'. Set scale to null"
            )
    return found
