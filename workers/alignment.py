"""Embeddings of models with different vocabularies, brought into one order of rows.

What fills the row of a token that a model lacks, as in mergekit: the row that the recipe gives for
it; else the base model's; else the average over the models that have it; else zeros.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from search_spaces.errors import ParentError, RecipeError


@dataclass(frozen=True)
class GivenRow:
    """A row of the merged vocabulary that the recipe gives: row `source` of `model`, or zeros.

    force: for all models, not only for those that lack the token.
    """

    token: str
    row: int
    force: bool
    model: str | None
    source: int


@dataclass(frozen=True)
class Alignment:
    """used: (size,) bool, the rows that have a token; base: the model whose rows come first.

    rows: model reference -> (size,) int64, the model's own row of each, -1 where it has none.
    """

    used: torch.Tensor
    rows: Mapping[str, torch.Tensor]
    given: tuple[GivenRow, ...]
    base: str | None

    def align(self, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """One embedding or head of some of the models, each re-indexed to the merged vocabulary.

        tensors: model reference -> (V_model, *rest); returns (size, *rest) of each, in the dtype
        that all of them promote to. Rows without a token get the average of the others.

        Raises: ParentError for another shape; RecipeError for a given row of a model that has no
        such tensor.
        """
        if not tensors:
            return {}
        self._check_shapes(tensors)
        dtype, rest, device = _common(tensors)
        used = self.used.to(device)
        rows = {model: self.rows[model].to(device) for model in tensors}
        lacking = used & ~torch.stack([r >= 0 for r in rows.values()]).all(0)
        need = lacking.nonzero().flatten()  # (n,) the rows that some model lacks
        fill = self._fill(tensors, rows, need).to(dtype)
        forced: dict[int, torch.Tensor] = {}
        for given in self.given:
            if given.force or lacking[given.row]:
                value = _value(given, tensors, rest, device).to(dtype)
                fill[need == given.row] = value
                if given.force:
                    forced[given.row] = value
        aligned = {}
        for model, tensor in tensors.items():
            if not forced and tensor.dtype == dtype and _is_identity(rows[model], tensor):
                aligned[model] = tensor
                continue
            out = torch.zeros((len(used), *rest), dtype=dtype, device=device)
            own = rows[model] >= 0
            out[own] = tensor[rows[model][own]].to(dtype)
            missing = rows[model][need] < 0
            out[need[missing]] = fill[missing]
            for row, value in forced.items():
                out[row] = value
            if not bool(used.all()):
                out[~used] = out[used].mean(0, dtype=torch.float32).to(dtype)
            aligned[model] = out
        return aligned

    def _fill(
        self,
        tensors: Mapping[str, torch.Tensor],
        rows: Mapping[str, torch.Tensor],
        need: torch.Tensor,
    ) -> torch.Tensor:
        """(n, *rest) fp32: the base's rows, else averages, else zeros, for the rows `need`."""
        _, rest, device = _common(tensors)
        total = torch.zeros((len(need), *rest), dtype=torch.float32, device=device)
        count = torch.zeros(len(need), dtype=torch.float32, device=device)
        for model, tensor in tensors.items():
            has = rows[model][need] >= 0
            total[has] += tensor[rows[model][need[has]]].float()
            count[has] += 1
        total /= count.clamp(min=1).view(-1, *(1 for _ in rest))
        if self.base is not None and self.base in tensors:
            has = rows[self.base][need] >= 0
            total[has] = tensors[self.base][rows[self.base][need[has]]].float()
        return total

    def _check_shapes(self, tensors: Mapping[str, torch.Tensor]) -> None:
        _, rest, _ = _common(tensors)
        for model, tensor in tensors.items():
            asked = (g.source for g in self.given if g.model == model)
            least = max(int(self.rows[model].max()), *asked, -1) + 1
            if tuple(tensor.shape[1:]) != rest or len(tensor) < least:
                raise ParentError(
                    f"parent '{model}': an embedding or head has shape {list(tensor.shape)}; "
                    f"expected {[least, *rest]} or more rows, from the tokens of its tokenizer "
                    "and the width of the other models; merge models of one width, each with "
                    "its own tokenizer"
                )


def _value(
    given: GivenRow,
    tensors: Mapping[str, torch.Tensor],
    rest: tuple[int, ...],
    device: torch.device,
) -> torch.Tensor:
    if given.model is None:
        return torch.zeros(rest, device=device)
    if given.model not in tensors:
        raise RecipeError(
            f"tokenizer.tokens.{given.token}: its row comes from '{given.model}', which is not "
            f"among the models merged here ({', '.join(tensors)}); take it from one of those"
        )
    return tensors[given.model][given.source]


def _is_identity(rows: torch.Tensor, tensor: torch.Tensor) -> bool:
    order = torch.arange(len(rows), device=rows.device)
    return len(rows) == len(tensor) and torch.equal(rows, order)


def _common(
    tensors: Mapping[str, torch.Tensor],
) -> tuple[torch.dtype, tuple[int, ...], torch.device]:
    """The dtype that all promote to; the shape behind the first axis; the device."""
    first = next(iter(tensors.values()))
    dtype = first.dtype
    for tensor in tensors.values():
        dtype = torch.promote_types(dtype, tensor.dtype)
    return dtype, tuple(first.shape[1:]), first.device
