"""How many layers the resident model has: room for the deepest candidate is made once, and each
candidate uses the first so many of them.

Where the layers of a parent differ in kind (sliding and full attention, with and without RoPE), a
candidate's layer is of the kind of the layer that it comes from, over the weights that lie at its
own place.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from search_spaces.errors import ConfigError, RecipeError
from search_spaces.resolve import Place, in_layer, layer_of
from workers.parents import Parent, TensorHeader

# A value that a config has for each layer, and its name there.
Lists = Mapping[str, list[Any]]


def origins_of(places: Mapping[str, Place]) -> tuple[int, ...]:
    """The parents' layer behind each layer of a candidate."""
    found: dict[int, int] = {}
    for tensor, place in places.items():
        here, there = layer_of(tensor), layer_of(place.sources[0])
        if here is not None and there is not None:
            found[here] = there
    return tuple(found[layer] for layer in sorted(found))


def deepened(base: Parent, layers: int) -> Parent:
    """The base as if it had `layers` layers, at least its own, the further ones shaped as its own.

    Raises: ConfigError where its layers differ in their tensors.
    """
    if layers == base.layers:
        return base
    why = why_layers_stay(base)
    if why is not None:
        raise ConfigError(why)
    inside = _by_layer(base)
    further = {
        in_layer(name, layer): header
        for layer in range(base.layers, layers)
        for name, header in inside[layer % base.layers].items()
    }
    return replace(base, tensors={**base.tensors, **further})


def why_layers_stay(base: Parent) -> str | None:
    """Why no layer can take the place of another; None where all have the same tensors."""
    inside = _by_layer(base)
    if sorted(inside) != list(range(base.layers)):
        return f"{base.folder}: its tensors do not bear the numbers of {base.layers} layers"
    shapes = [{name: h.shape for name, h in inside[n].items()} for n in range(base.layers)]
    other = next((layer for layer, found in enumerate(shapes) if found != shapes[0]), None)
    if other is None:
        return None
    return (
        f"{base.folder}: the tensors of layer {other} are not those of layer 0; layers can be "
        "left out, repeated or moved only where all have the same tensors and shapes"
    )


def _by_layer(base: Parent) -> dict[int, dict[str, TensorHeader]]:
    """layer -> its tensors, by the names that they have in layer 0."""
    inside: dict[int, dict[str, TensorHeader]] = {}
    for name, header in base.tensors.items():
        layer = layer_of(name)
        if layer is not None:
            inside.setdefault(layer, {})[in_layer(name, 0)] = header
    return inside


def with_layers(config: Any, layers: int) -> None:
    """Gives a transformers config that many layers; what it says layer by layer begins anew after
    the last.
    """
    text = config.get_text_config()
    own = text.num_hidden_layers
    _tell(text, layer_lists(text, own), [layer % own for layer in range(layers)])


def layer_lists(config: Any, layers: int) -> Lists:
    """What a transformers config says layer by layer."""
    return {
        key: list(value)
        for key, value in config.to_dict().items()
        if "layer" in key and isinstance(value, list) and len(value) == layers
    }


def lists_of(parent: Parent) -> Lists:
    """What transformers finds layer by layer in a parent's config, spelled out in its config.json
    or not; nothing where it does not know the model.
    """
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(
            parent.folder, local_files_only=True, trust_remote_code=False
        )
    except Exception:  # whatever the library raises of a strange file
        return {}
    return layer_lists(config, parent.layers)


class Depth:
    """The layers of a resident model. They are made once; a candidate's are chosen from them."""

    def __init__(self, model: Any, base: Parent) -> None:
        """model: a transformers causal LM of `with_layers`' config, its first layers of the kinds
        that the base's are.

        Raises: ConfigError where there is to be another depth than the base's, and the
        architecture has no list of layers.
        """
        self._config = model.config.get_text_config()
        self._most = int(self._config.num_hidden_layers)
        self._home = _home_of_layers(model, self._most)
        self._why_not = why_layers_stay(base)
        if self._home is None:
            self._why_not = (
                f"{type(model).__name__} has no list of layers by a name that is known; its "
                "layers cannot be left out, repeated or moved"
            )
            if self._most != base.layers:
                raise ConfigError(self._why_not)
        self._room: list[Any] = [] if self._home is None else list(getattr(*self._home))
        lists = layer_lists(self._config, self._most)
        self._lists = {key: value[: base.layers] for key, value in lists.items()}
        self._base_layers = base.layers
        self._made: dict[tuple[int, str], Any] = {}
        self._now = tuple(i % base.layers for i in range(self._most))

    def set(self, origins: Sequence[int]) -> None:
        """The model has as many layers as `origins`, each of the kind of that layer of the
        parents. No weight is touched.

        Raises: RecipeError where there is no room for so many, and where layers must stay.
        """
        origins = tuple(origins)
        if origins == self._now:
            return
        if len(origins) > self._most:
            raise RecipeError(
                f"the recipe makes a model of {len(origins)} layers; there is room for "
                f"{self._most}"
            )
        in_order = origins == tuple(range(self._base_layers))
        if self._home is None or (self._why_not is not None and not in_order):
            raise RecipeError(self._why_not)
        layers = [self._layer(place, origin) for place, origin in enumerate(origins)]
        setattr(*self._home, torch.nn.ModuleList(layers))
        _tell(self._config, self._lists, origins)
        self._now = origins

    def _layer(self, place: int, origin: int) -> Any:
        kind = self._kind(origin)
        if kind == self._kind(place % self._base_layers):
            return self._room[place]
        if (place, kind) not in self._made:
            self._made[place, kind] = _over(
                self._room[origin], self._room[place], place, self._config
            )
        return self._made[place, kind]

    def _kind(self, layer: int) -> str:
        return repr([value[layer] for value in self._lists.values()])


def _home_of_layers(model: Any, count: int) -> tuple[Any, str] | None:
    """(the module that holds the list of layers, its name there), if there is such a list."""
    for path, module in model.named_modules():
        listed = isinstance(module, torch.nn.ModuleList) and len(module) == count
        if listed and layer_of(f"{path}.0.weight") == 0:
            owner, _, name = path.rpartition(".")
            return model.get_submodule(owner), name
    return None


def _over(like: Any, weights: Any, place: int, config: Any) -> Any:
    """A layer of the kind of `like` that computes with the tensors of `weights`, at `place`."""
    theirs: dict[str, torch.Tensor] = dict(weights.named_parameters())
    memo: dict[int, Any] = {id(p): theirs[name] for name, p in like.named_parameters()}
    memo[id(config)] = config
    found = copy.deepcopy(like, memo)
    for module in found.modules():
        if hasattr(module, "layer_idx"):
            module.layer_idx = place
    return found


def _tell(config: Any, lists: Lists, origins: Sequence[int]) -> None:
    for key, value in lists.items():
        setattr(config, key, [value[origin] for origin in origins])
    config.num_hidden_layers = len(origins)
