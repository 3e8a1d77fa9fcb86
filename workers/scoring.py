"""The batched scorer: log-likelihoods of many (context, continuation) pairs under one candidate.

What depends only on the items is done once per split: tokens, the order of rows by length,
batches, positions. Choices of one token share the forward pass of their context, and the
vocabulary projection is computed only at the positions that are scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from search_spaces.errors import CandidateError, ConfigError
from workers.tasks import Request


@dataclass(frozen=True)
class Batch:
    """rows: (b, t) token ids, right-padded; positions: (n,) indices into the b * t hidden states
    whose next token is scored; targets, owners: (m,) token ids and request numbers; at: (m,) index
    into positions."""

    rows: torch.Tensor
    positions: torch.Tensor
    targets: torch.Tensor
    at: torch.Tensor
    owners: torch.Tensor


@dataclass(frozen=True)
class ScoringPlan:
    """All batches of a split; `requests` pairs are answered, `tokens` positions computed per
    candidate.
    """

    batches: tuple[Batch, ...]
    requests: int
    tokens: int


def encode(tokenizer: Any, request: Request) -> tuple[list[int], list[int]]:
    """(context ids, continuation ids), split as lm-eval splits them: trailing blanks of the
    context belong to the continuation, and an empty context is the BOS (or EOS) token."""
    context, continuation = request.context, request.continuation
    if not context.strip():
        ids = tokenizer.encode(context + continuation, add_special_tokens=False)
        bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
        prefix = bos if bos is not None else eos
        return (ids[:1], ids[1:]) if ids and ids[0] == prefix else ([prefix], ids)
    blanks = len(context) - len(context.rstrip())
    if blanks:
        context, continuation = context[:-blanks], context[-blanks:] + continuation
    head = _encode(tokenizer, context)
    return head, _encode(tokenizer, context + continuation)[len(head) :]


def _encode(tokenizer: Any, text: str) -> list[int]:
    bos = tokenizer.bos_token
    special = {"add_special_tokens": False} if bos and text.startswith(bos) else {}
    ids: list[int] = tokenizer.encode(text, **special)
    return ids


def build_plan(
    pairs: Sequence[tuple[list[int], list[int]]], *, max_length: int, batch_tokens: int, pad: int
) -> ScoringPlan:
    """pairs: (context ids, continuation ids) per request; batch_tokens: at most that many
    positions, padding included, in one forward pass (a single longer row has a batch of its own).

    Raises: ConfigError for a request without a continuation, or one that is longer than the
    model's context.
    """
    rows: dict[tuple[int, ...], int] = {}
    wanted: list[list[tuple[int, int, int]]] = []
    for number, (context, continuation) in enumerate(pairs):
        if not continuation or len(continuation) > max_length:
            raise ConfigError(
                f"tasks: request {number} has a continuation of {len(continuation)} tokens; "
                f"expected 1 to {max_length}"
            )
        whole = (context + continuation)[-(max_length + 1) :][:-1]
        row = rows.setdefault(tuple(whole), len(rows))
        if row == len(wanted):
            wanted.append([])
        first = len(whole) - len(continuation)
        wanted[row] += [(first + i, token, number) for i, token in enumerate(continuation)]
    order = sorted(rows, key=lambda row: (len(row), row))
    batches = [
        _batch(chunk, [wanted[rows[row]] for row in chunk], pad)
        for chunk in _chunks(order, batch_tokens)
    ]
    return ScoringPlan(tuple(batches), len(pairs), sum(b.rows.numel() for b in batches))


def _chunks(order: list[tuple[int, ...]], batch_tokens: int) -> list[list[tuple[int, ...]]]:
    chunks: list[list[tuple[int, ...]]] = []
    for row in order:
        if chunks and (len(chunks[-1]) + 1) * len(row) <= batch_tokens:
            chunks[-1].append(row)
        else:
            chunks.append([row])
    return chunks


def _batch(
    rows: list[tuple[int, ...]], wanted: list[list[tuple[int, int, int]]], pad: int
) -> Batch:
    width = len(rows[-1])
    ids = torch.full((len(rows), width), pad, dtype=torch.long)
    slots: dict[int, int] = {}
    targets, at, owners = [], [], []
    for index, (row, scored) in enumerate(zip(rows, wanted, strict=True)):
        ids[index, : len(row)] = torch.tensor(row)
        for position, token, number in scored:
            at.append(slots.setdefault(index * width + position, len(slots)))
            targets.append(token)
            owners.append(number)
    return Batch(
        ids,
        torch.tensor(list(slots)),
        torch.tensor(targets),
        torch.tensor(at),
        torch.tensor(owners),
    )


def log_likelihoods(
    model: Any, plan: ScoringPlan, device: torch.device
) -> list[tuple[float, bool]]:
    """(sum of log-probabilities, is every token the most likely one) per request, in request
    order.

    model: a transformers causal LM. Right padding needs no mask: a causal model never looks ahead.

    Raises: CandidateError for NaN or Inf, and when memory does not suffice.
    """
    total = torch.zeros(plan.requests, dtype=torch.float64, device=device)
    greedy = torch.ones(plan.requests, dtype=torch.bool, device=device)
    try:
        with torch.inference_mode():
            for batch in plan.batches:
                logits = _logits_at(model, batch.rows.to(device), batch.positions.to(device))
                at, targets, owners = (
                    batch.at.to(device),
                    batch.targets.to(device),
                    batch.owners.to(device),
                )
                chosen = logits[at, targets] - logits.logsumexp(-1)[at]
                total.index_add_(0, owners, chosen.double())
                wrong = owners[logits.argmax(-1)[at] != targets]
                greedy[wrong] = False
    except torch.OutOfMemoryError:
        raise CandidateError(
            "out of memory while scoring; lower batch_tokens in the search file"
        ) from None
    if not torch.isfinite(total).all():
        raise CandidateError("the candidate's log-likelihoods have NaN or Inf")
    return list(zip(total.tolist(), greedy.tolist(), strict=True))


def _logits_at(model: Any, rows: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """fp32 logits (n, vocabulary) at `positions` of the flattened (b * t) hidden states.

    The head sees only these hidden states; what the architecture does after it (soft caps, scales)
    still happens, since the model's own forward does it.
    """

    def select(_: Any, arguments: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (arguments[0].flatten(0, 1)[positions].unsqueeze(0), *arguments[1:])

    hook = model.get_output_embeddings().register_forward_pre_hook(select)
    try:
        logits: torch.Tensor = model(input_ids=rows, use_cache=False).logits
    finally:
        hook.remove()
    return logits[0].float()
