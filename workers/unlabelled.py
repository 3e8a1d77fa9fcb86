"""What a descent reads of a sample of items: prompts without their answers, in batches, and the
two losses that need no labels.

An item counts as much as any other of its task, and a task as much as any other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch

from search_spaces.messages import Descent
from workers.batches import Batch, batches_of, sees
from workers.encoding import Encoder
from workers.forest import Forest, Row, Scored, Tokens, grow
from workers.network import Network, affordable_tokens, alike
from workers.tasks import LoadedTask, Request

_KEPT_BYTES = 2**30  # of what the teachers predict
_LOGITS = 2**26  # numbers in the logits of one batch, which backward needs a few times over
_NO_LIMIT = 10**9
_ALIVE = 3  # tenths of the free memory that the states of all layers may take


@dataclass(frozen=True)
class Asked:
    """What is read of one item.

    sequences: token ids, with the positions whose next token counts and the option they belong
    to; share: of the whole loss; options: how many answers the item offers, 0 where the whole
    vocabulary is looked at; teacher: whose predictions are matched.
    """

    sequences: tuple[tuple[Tokens, tuple[Scored, ...]], ...]
    share: float
    options: int = 0
    teacher: str = ""


@dataclass(frozen=True)
class Reading:
    """One forward pass over some items: (options, share of the loss) each, whose options are
    `batch.owners` in this order. shares: (m,) those of the scored positions, for items without.
    """

    batch: Batch
    items: tuple[tuple[int, float], ...]
    shares: torch.Tensor
    teacher: str


def asked_for_entropy(
    descent: Descent, tasks: Mapping[str, LoadedTask], encoder: Encoder
) -> list[Asked]:
    """The answer options of items that have some; the token after the prompt of others; every
    token of a text without a prompt.
    """
    found = []
    for name, items in descent.sample.items():
        for item in items:
            requests = tasks[name].items[item]
            share = 1 / len(descent.sample) / len(items)
            options = _options(requests)
            if options:
                pairs = [(r.context, r.continuation) for r in options]
                read = [encoder.continuation(*pair, i) for i, pair in enumerate(pairs)]
            else:
                read = _ends(requests, encoder)
            sequences = tuple((tokens, tuple(scored)) for tokens, scored in read)
            found.append(Asked(sequences, share, len(options)))
    return found


def asked_for_divergence(
    descent: Descent, tasks: Mapping[str, LoadedTask], encoder: Encoder, vocabulary: int
) -> list[Asked]:
    """Every token of the prompts of tasks that have a teacher; where that is too much to keep,
    every second, third ... counted from the end.
    """
    read = {
        (name, item): sorted({tokens for tokens, _ in _ends(tasks[name].items[item], encoder)})
        for name, items in descent.sample.items()
        for item in items
        if name in descent.teachers
    }
    total = sum(len(tokens) for prompts in read.values() for tokens in prompts)
    stride = -(-total * vocabulary * 2 // _KEPT_BYTES)
    taught = [name for name in descent.sample if name in descent.teachers]
    found = []
    for (name, _), prompts in read.items():
        sequences = tuple(
            (tokens, tuple((p, 0, 0) for p in range(len(tokens) - 1, -1, -stride)))
            for tokens in prompts
        )
        share = 1 / len(taught) / len(descent.sample[name])
        found.append(Asked(sequences, share, 0, descent.teachers[name]))
    return found


def readings(
    asked: Iterable[Asked], network: Network, batch_tokens: int | None = None
) -> list[Reading]:
    """batch_tokens: at most that many positions in a forward pass; by the free memory if None.

    The prompt that an item's options share is computed once, where the model can do that with the
    weights it has at this moment. An item is never torn: its options are compared.
    """
    asked = list(asked)
    room = _ALIVE * affordable_tokens(network.model, network.device)
    limit = min(
        batch_tokens or _NO_LIMIT,
        max(256, room // network.config.num_hidden_layers),
        max(1, _LOGITS // network.config.vocab_size),
    )
    share = _can_share(asked, network)
    order = sorted(asked, key=lambda a: (a.teacher, a.options > 0, _longest(a)))
    found = []
    for _, alike_ones in groupby(order, key=lambda a: (a.teacher, a.options > 0)):
        found += [
            _reading(chunk, network.device, share=share)
            for chunk in _chunks(alike_ones, limit, share=share)
        ]
    return found


def entropy(network: Network, reading: Reading) -> torch.Tensor:
    """The part of the mean entropy that this batch has, in nats; equation 4 of arXiv:2310.02575,
    where the classes are the answers on offer.
    """
    batch, logits = reading.batch, logits_of(network, reading.batch)
    if not reading.items[0][0]:
        return (_entropy(logits)[batch.at] * reading.shares).sum()
    chosen = logits[batch.at, batch.targets] - logits.logsumexp(-1)[batch.at]
    likelihoods = chosen.new_zeros(sum(n for n, _ in reading.items))
    likelihoods = likelihoods.index_add(0, batch.owners, chosen)
    parts = torch.split(likelihoods, [n for n, _ in reading.items])
    shares = [share for _, share in reading.items]
    return torch.stack([_entropy(p) * s for p, s in zip(parts, shares, strict=True)]).sum()


def divergence(network: Network, reading: Reading, taught: torch.Tensor) -> torch.Tensor:
    """The part of the mean KL(teacher || candidate) that this batch has, in nats; section 3 of
    arXiv:2410.08371. taught: (positions, vocabulary) what `predictions` gave for the teacher.
    """
    expected = taught.float().log_softmax(-1)
    found = logits_of(network, reading.batch).log_softmax(-1)
    apart = (expected.exp() * (expected - found)).sum(-1)
    return (apart[reading.batch.at] * reading.shares).sum()


def predictions(network: Network, reading: Reading) -> torch.Tensor:
    """(positions, vocabulary) log-probabilities in fp16, with the weights of the moment."""
    with torch.no_grad():
        return logits_of(network, reading.batch).log_softmax(-1).half()


def logits_of(network: Network, batch: Batch) -> torch.Tensor:
    """(positions, vocabulary) of one forward pass from the beginning."""
    arguments = {}
    if not batch.plain:
        arguments = {"attention_mask": sees(batch, 0), "position_ids": batch.depths}
    hidden = network.hidden(batch.rows, **arguments)
    return network.logits(hidden.flatten(0, 1)[batch.positions])


def _entropy(scores: torch.Tensor) -> torch.Tensor:
    logs = scores.log_softmax(-1)
    return -(logs.exp() * logs).sum(-1)


def _options(requests: Sequence[Request]) -> list[Request]:
    """The requests that are answers to choose from; without those that ask, behind no prompt at
    all, how likely an answer is by itself.
    """
    if any(request.kind != "loglikelihood" for request in requests):
        return []
    prompted = [request for request in requests if request.context.strip()]
    found = prompted or list(requests)
    return found if len(found) > 1 else []


def _ends(requests: Sequence[Request], encoder: Encoder) -> list[tuple[Tokens, list[Scored]]]:
    """Prompts, each once, of which the last token counts; texts without one, with all tokens."""
    found: dict[Tokens, list[Scored]] = {}
    for request in requests:
        if request.kind == "rolling":
            found |= dict(encoder.rolling(request.continuation, 0))
            continue
        text = request.continuation or " a"  # any: it only says where the prompt ends
        tokens, scored = encoder.continuation(request.context, text, 0)
        end = scored[0][0]
        found[tokens[: end + 1]] = [(end, 0, 0)]
    return list(found.items())


def _rows(asked: Asked, first: int, *, share: bool) -> tuple[Row, ...]:
    moved = [(t, [(p, n, o + first) for p, n, o in scored]) for t, scored in asked.sequences]
    return grow(moved, capacity=_NO_LIMIT, share=share).rows


def _longest(asked: Asked) -> int:
    return max(len(tokens) for tokens, _ in asked.sequences)


def _chunks(items: Iterable[Asked], limit: int, *, share: bool) -> Iterator[list[Asked]]:
    """limit: positions in a chunk, padding included; one item may have more."""
    chunk: list[Asked] = []
    count = width = 0
    for item in items:
        rows = _rows(item, 0, share=share)
        wider = max(width, *(len(row.tokens) for row in rows))
        if chunk and (count + len(rows)) * wider > limit:
            yield chunk
            chunk, count, wider = [], 0, max(len(row.tokens) for row in rows)
        chunk.append(item)
        count, width = count + len(rows), wider
    if chunk:
        yield chunk


def _reading(chunk: Sequence[Asked], device: torch.device, *, share: bool) -> Reading:
    rows: list[Row] = []
    each: list[float] = []
    for item in chunk:
        rows += _rows(item, len(each), share=share)
        count = sum(len(scored) for _, scored in item.sequences)
        each += [item.share / count] * max(1, item.options)
    (batch,) = batches_of(Forest((), tuple(rows)), _NO_LIMIT, device)
    shares = torch.tensor(each, device=device)[batch.owners]
    items = tuple((item.options, item.share) for item in chunk)
    return Reading(batch, items, shares, chunk[0].teacher)


def _can_share(asked: Sequence[Asked], network: Network) -> bool:
    """Does an item's tree give what its sequences give one by one? Tried on the first that has
    several.
    """
    several = next((a for a in asked if len({tokens for tokens, _ in a.sequences}) > 1), None)
    if several is None:
        return True
    if max(map(_longest, asked)) > network.window:
        return False
    tree, apart = (_reading([several], network.device, share=share) for share in (True, False))
    with torch.no_grad():
        try:
            return alike(entropy(network, tree), entropy(network, apart))
        except (TypeError, ValueError, RuntimeError, AttributeError, IndexError):
            return False
