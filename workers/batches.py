"""Rows of a forest as tensors: one batch is one forward pass."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from workers.forest import Forest, Row


@dataclass(frozen=True)
class Batch:
    """header: what all rows continue, an index into the forest's headers.

    rows, depths, ends: (b, t) token ids, positions in their texts, one past each token's last
    descendant in the row; plain: every row is one text from its beginning, padded on the right.
    positions: (n,) sorted indices into the b * t hidden states whose next token is scored;
    at: (m,) sorted indices into positions; targets, owners: (m,) token ids and request numbers.
    """

    header: int | None
    rows: torch.Tensor
    depths: torch.Tensor
    ends: torch.Tensor
    plain: bool
    positions: torch.Tensor
    at: torch.Tensor
    targets: torch.Tensor
    owners: torch.Tensor


def batches_of(forest: Forest, batch_tokens: int, device: torch.device) -> list[Batch]:
    """batch_tokens: at most that many positions, padding included, in one forward pass (a single
    longer row has a batch of its own). Rows of one header and of like length lie together.
    """
    order = sorted(forest.rows, key=lambda row: (forest.chain(row.header), len(row.tokens)))
    return [_batch(rows, device) for rows in _chunks(order, batch_tokens)]


def sees(batch: Batch, before: int) -> torch.Tensor:
    """(b, 1, t, before + t) bool: may a token (row) look at another (column)? `before`: tokens of
    the header, which all may look at.
    """
    b, t = batch.rows.shape
    index = torch.arange(t, device=batch.rows.device)
    below = index[:, None] < batch.ends[:, None, :]
    own = below & (index[:, None] >= index[None, :])
    if not before:
        return own[:, None]
    return torch.cat([own.new_ones(b, t, before), own], dim=-1)[:, None]


def _chunks(order: list[Row], batch_tokens: int) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in order:
        fits = (len(chunk) + 1) * len(row.tokens) <= batch_tokens
        if chunk and not (fits and row.header == chunk[0].header):
            yield chunk
            chunk = []
        chunk.append(row)
    if chunk:
        yield chunk


def _batch(rows: list[Row], device: torch.device) -> Batch:
    width = len(rows[-1].tokens)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    depths = torch.zeros_like(ids)
    ends = torch.arange(1, width + 1).repeat(len(rows), 1)  # padding sees itself and the header
    scored = []
    plain = rows[0].header is None
    for number, row in enumerate(rows):
        size = len(row.tokens)
        ids[number, :size] = torch.tensor(row.tokens)
        depths[number, :size] = torch.tensor(row.depths)
        ends[number, :size] = torch.tensor(row.ends)
        plain = plain and all(end == size for end in row.ends)
        scored += [(number * width + place, target, owner) for place, target, owner in row.scored]
    scored.sort()
    places, targets, owners = (torch.tensor(column) for column in zip(*scored, strict=True))
    positions, at = torch.unique(places, return_inverse=True)
    return Batch(
        header=rows[0].header,
        rows=ids.to(device),
        depths=depths.to(device),
        ends=ends.to(device),
        plain=plain,
        positions=positions.to(device),
        at=at.to(device),
        targets=targets.to(device),
        owners=owners.to(device),
    )
