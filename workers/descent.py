"""Learns merging coefficients by gradient descent on unlabelled text, in the resident model.

theta = base + sum over parents k of w[k, group] * d_k, with task vectors d_k = parent - base; so
d loss / d w[k, group] is the sum, over the tensors of the group, of <d loss / d tensor, d_k>. The
gradient of a tensor is thrown away as soon as these products are taken. Losses: the entropy of
the answers (AdaMerging, arXiv:2310.02575), or the divergence from the parents' predictions (DAM,
arXiv:2410.08371). Nothing is drawn at random.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import torch

from search_spaces.errors import CandidateError, ConfigError
from search_spaces.messages import Descent, Learned
from search_spaces.recipe import Recipe
from workers.encoding import Encoder
from workers.materialize import Merge, Weights, materialize
from workers.network import Network
from workers.tasks import LoadedTask
from workers.unlabelled import (
    asked_for_divergence,
    asked_for_entropy,
    divergence,
    entropy,
    predictions,
    readings,
)

Part = Callable[[], torch.Tensor]


@dataclass(frozen=True)
class ResidentModel:
    """What a worker holds: the model that candidates are written into, its tensors by their names
    in a checkpoint, and the weights of base and parents by reference.
    """

    model: Any
    tokenizer: Any
    device: torch.device
    tensors: Mapping[str, torch.Tensor]
    weights: Mapping[str, Weights]
    base: str
    layers: int
    dtype: str
    batch_tokens: int | None = None
    compile_it: bool = False


def descend(
    descent: Descent, held: ResidentModel, tasks: Mapping[str, LoadedTask]
) -> tuple[Learned, ...]:
    """The path: the first point is the start, the last has been moved `descent.steps` times (by
    Adam). The resident model holds no known candidate afterwards.

    Raises: ConfigError for a descent that does not fit the search; CandidateError for NaN or Inf
    on the way.
    """
    _check(descent, held, tasks)
    names = tuple(descent.start)
    weights = torch.tensor(
        [[float(descent.start[name])] * len(descent.groups) for name in names],
        dtype=torch.float64,
    ).clamp_(descent.low, descent.high)
    parts = parts_of(descent, held, tasks, weights)
    adam = torch.optim.Adam([weights], lr=descent.learning_rate)
    path: list[Learned] = []
    for step in range(descent.steps + 1):
        last = step == descent.steps
        loss, slopes = evaluate(descent, held, parts, weights, sloping=not last)
        point = {name: tuple(row) for name, row in zip(names, weights.tolist(), strict=True)}
        if not math.isfinite(loss) or not bool(torch.isfinite(slopes).all()):
            raise CandidateError(
                f"descent: the {descent.loss} or its slope is NaN or Inf after {step} steps, at "
                f"the weights {point}"
            )
        if last or step % descent.every == 0:
            path.append(Learned(step, loss, point))
        weights.grad = slopes
        adam.step()
        weights.clamp_(descent.low, descent.high)
    return tuple(path)


def merge_of(
    descent: Descent, base: str, weights: Sequence[Sequence[float]], dtype: str
) -> Recipe:
    """The recipe of one point. weights: (parents, groups), in the order of `descent.start`."""
    pieces = [
        [
            {"model": base, "layer_range": group, "parameters": {}},
            *(
                {"model": name, "layer_range": group, "parameters": {"weight": of_parent[number]}}
                for name, of_parent in zip(descent.start, weights, strict=True)
            ),
        ]
        for number, group in enumerate(descent.groups)
    ]
    return Recipe.model_validate(
        {
            "merge_method": "task_arithmetic",
            "base_model": base,
            "slices": [{"sources": sources} for sources in pieces],
            "dtype": dtype,
        }
    )


def _merge(descent: Descent, held: ResidentModel, weights: torch.Tensor) -> Merge:
    recipe = merge_of(descent, held.base, weights.tolist(), held.dtype)
    return Merge(recipe, held.weights, held.tensors, held.layers, compile_it=held.compile_it)


def parts_of(
    descent: Descent,
    held: ResidentModel,
    tasks: Mapping[str, LoadedTask],
    weights: torch.Tensor,
) -> list[Part]:
    """The parts of the loss, a forward pass each; their sum is the loss."""
    from lm_eval.models.utils import resolve_max_length

    network = Network(held.model, held.device)
    encoder = Encoder(held.tokenizer, resolve_max_length(held.model.config, held.tokenizer))
    materialize(_merge(descent, held, weights), held.tensors)
    if descent.loss == "entropy":
        asked = asked_for_entropy(descent, tasks, encoder)
        found = readings(asked, network, held.batch_tokens)
        return [partial(entropy, network, reading) for reading in found]
    asked = asked_for_divergence(descent, tasks, encoder, network.config.vocab_size)
    found = readings(asked, network, held.batch_tokens)
    taught: dict[int, torch.Tensor] = {}
    for name in sorted({reading.teacher for reading in found}):
        alone = torch.zeros_like(weights)
        alone[[parent == name for parent in descent.start]] = 1.0  # none: the base
        materialize(_merge(descent, held, alone), held.tensors)
        mine = [n for n, reading in enumerate(found) if reading.teacher == name]
        taught |= {n: predictions(network, found[n]) for n in mine}
    return [partial(divergence, network, found[n], taught[n]) for n in sorted(taught)]


def evaluate(
    descent: Descent,
    held: ResidentModel,
    parts: Sequence[Part],
    weights: torch.Tensor,
    *,
    sloping: bool = True,
) -> tuple[float, torch.Tensor]:
    """(loss, d loss / d weights or, if not sloping, zeros) at weights of (parents, groups)."""
    merge = _merge(descent, held, weights)
    materialize(merge, held.tensors)
    slopes = torch.zeros_like(weights)
    group_of = {n: place.piece for n, place in merge.places.items()} if sloping else {}
    loss = 0.0
    with (
        _listening(group_of, held, tuple(descent.start), slopes),
        torch.set_grad_enabled(sloping),
    ):
        for part in parts:
            found = part()
            loss += found.item()
            if sloping:
                found.backward()  # type: ignore[no-untyped-call]
    return loss, slopes


@contextmanager
def _listening(
    group_of: Mapping[str, int], held: ResidentModel, names: Sequence[str], slopes: torch.Tensor
) -> Iterator[None]:
    """Meanwhile a backward pass adds d loss / d weights to `slopes`, (parents, groups), and leaves
    nothing in the model. group_of: the group of each tensor that counts.
    """
    inside: dict[int, dict[tuple[int, int], str]] = {}
    for name in group_of:
        # The tensors of experts are views of one parameter; of two names of one place, as of tied
        # embeddings that are stored twice, the last one was written.
        tensor = held.tensors[name]
        places = inside.setdefault(tensor.untyped_storage().data_ptr(), {})
        places[tensor.data_ptr(), tensor.numel()] = name
    moved = []
    handles = []
    try:
        for parameter in held.model.parameters():
            found = inside.get(parameter.untyped_storage().data_ptr(), {})
            if not any(_movers(held, name, names) for name in found.values()):
                continue
            moved.append(parameter)
            parameter.requires_grad_(True)
            take = partial(_take, tuple(found.values()), group_of, held, names, slopes)
            handles.append(parameter.register_post_accumulate_grad_hook(take))
        yield
    finally:
        for handle in handles:
            handle.remove()
        for parameter in moved:
            parameter.grad = None
            parameter.requires_grad_(False)


def _take(
    tensors: Sequence[str],
    group_of: Mapping[str, int],
    held: ResidentModel,
    names: Sequence[str],
    slopes: torch.Tensor,
    parameter: torch.Tensor,
) -> None:
    """Adds <gradient, task vector> for the tensors that lie in a parameter; the gradient goes."""
    gradient, parameter.grad = parameter.grad, None
    if gradient is None:
        return
    whole = gradient
    if whole.stride() != parameter.stride():  # then views of the parameter lie elsewhere in it
        whole = torch.empty_like(parameter).copy_(gradient)
    for tensor in tensors:
        place = held.tensors[tensor]
        offset = whole.storage_offset() + place.storage_offset() - parameter.storage_offset()
        part = whole.as_strided(place.shape, place.stride(), offset).float()
        base = held.weights[held.base].get(tensor).float()
        for number in _movers(held, tensor, names):
            vector = held.weights[names[number]].get(tensor).float() - base
            slopes[number, group_of[tensor]] += (part * vector).sum(dtype=torch.float64).item()


def _movers(held: ResidentModel, tensor: str, names: Sequence[str]) -> list[int]:
    """Parents whose tensor is not the base's own: adapters share what they do not change."""
    base = held.weights[held.base].get(tensor)
    return [i for i, name in enumerate(names) if held.weights[name].get(tensor) is not base]


def _check(descent: Descent, held: ResidentModel, tasks: Mapping[str, LoadedTask]) -> None:
    """Raises: ConfigError."""
    edges = [0, *(end for _, end in descent.groups)]
    ranges = tuple(pairwise(edges))
    if descent.groups != ranges or edges[-1] != held.layers:
        raise ConfigError(
            f"descent: groups of layers {list(descent.groups)}; expected ranges from 0 to "
            f"{held.layers} without a gap"
        )
    unknown = [n for n in (*descent.start, *descent.teachers.values()) if n not in held.weights]
    unknown += [n for n in descent.teachers.values() if n not in {*descent.start, held.base}]
    unknown += [n for n in descent.sample if n not in tasks]
    if unknown:
        raise ConfigError(f"descent: '{unknown[0]}' is no parent or task of this search")
    if not any(descent.sample.values()):
        raise ConfigError("descent: the sample is empty; give it items of at least one task")
    if descent.loss == "divergence" and not set(descent.teachers) & set(descent.sample):
        raise ConfigError("descent: divergence needs a teacher for a task of the sample")
