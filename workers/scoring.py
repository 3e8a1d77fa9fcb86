"""The batched scorer: the answers of one resident candidate to many requests.

What depends only on the items is done once: tokens, the forest of shared prefixes, batches. A
candidate then costs one forward pass over every distinct prefix, and the vocabulary projection
only where something is scored.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from search_spaces.errors import CandidateError
from search_spaces.faults import reach
from workers.batches import Batch, batches_of, sees
from workers.encoding import Encoder
from workers.forest import Forest, Header, Scored, Tokens, grow
from workers.generating import Generator, Prompt
from workers.network import Network, affordable_tokens, alike, cache_of, is_out_of_memory

if TYPE_CHECKING:
    from workers.tasks import Answer, Request

# Rows of so many times the hidden size spend about a tenth of their time in attention.
_ROW_TOKENS_PER_HIDDEN = 0.5
_SHORTEST_ROW, _LONGEST_ROW = 128, 2048
_NO_ROOM = (
    "out of memory while scoring, also with batches of half the size; lower workers.batch_tokens "
    "in the search file"
)
_PROJECTED_AT_ONCE = 512  # positions; their logits over the vocabulary are the largest tensor


@dataclass
class Plan:
    """All that can be known of some requests before there is a candidate.

    sequences: what is scored by likelihood; prompts: what is continued; forest, batches: how, for
    a scorer that has settled on it (`of`).
    """

    requests: "tuple[Request, ...]"
    sequences: list[tuple[Tokens, list[Scored]]]
    prompts: list[Prompt]
    forest: Forest
    batches: list[Batch]
    of: tuple[int, bool]

    @property
    def tokens(self) -> int:
        """Positions computed for a candidate before any text is generated."""
        rows = sum(len(row.tokens) for row in self.forest.rows)
        return rows + sum(len(prompt.tokens) for prompt in self.prompts)


class Scorer:
    """Answers requests with the weights that its model has at that moment."""

    def __init__(
        self, model: Any, tokenizer: Any, device: torch.device, batch_tokens: int | None = None
    ) -> None:
        """model: a transformers causal LM; batch_tokens: positions in one forward pass, padding
        included; by the free memory if None.
        """
        from lm_eval.models.utils import resolve_max_length

        self._network = Network(model, device)
        max_length = resolve_max_length(model.config, tokenizer)
        self._encoder = Encoder(tokenizer, max_length)
        self._generator = Generator(self._network, tokenizer, self._encoder, max_length)
        self._batch_tokens = batch_tokens or affordable_tokens(model, device)
        self._halved = False
        self._shares: bool | None = None  # whether the model can look at a forest, once tried
        self._headers: tuple[Header, ...] = ()

    def plan(self, requests: "Sequence[Request]") -> Plan:
        """Tokens, shared prefixes and batches of some requests; kept by whoever asks again.

        Headers that an earlier plan found are used by later ones, so that what several plans
        share is still computed once for each candidate.

        Raises: ConfigError for a request that the model cannot answer.
        """
        sequences: list[tuple[Tokens, list[Scored]]] = []
        prompts: list[Prompt] = []
        for number, request in enumerate(requests):
            if request.kind == "loglikelihood":
                pair = (request.context, request.continuation)
                sequences.append(self._encoder.continuation(*pair, number))
            elif request.kind == "rolling":
                sequences += self._encoder.rolling(request.continuation, number)
            else:
                settings = json.loads(request.generation)
                prompts.append(self._generator.prompt(number, request.context, settings))
        plan = Plan(tuple(requests), sequences, prompts, Forest((), ()), [], (0, False))
        self._settle(plan)
        return plan

    def answers(self, plan: Plan) -> "list[Answer]":
        """(log-likelihood, is every token the most likely one), log-likelihood or text, as each
        request asks, in their order.

        Raises: CandidateError for NaN or Inf, and when memory does not suffice even for batches
        of half the size.
        """
        try:
            return self._answers(plan)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            if self._halved:
                raise CandidateError(_NO_ROOM) from None
        self._halve()
        try:
            return self._answers(plan)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            raise CandidateError(_NO_ROOM) from None

    def forget(self) -> None:
        """The weights have changed: nothing that was computed with them is used again."""
        self._network.forget()

    def _halve(self) -> None:
        """From now on batches of half the size."""
        self._halved = True
        self._batch_tokens = max(1, self._batch_tokens // 2)
        self._generator.halve()
        self.forget()
        if self._network.device.type == "cuda":
            torch.cuda.empty_cache()

    def _settle(self, plan: Plan) -> None:
        """Forest and batches for what is known by now of memory and model."""
        longest = max((len(tokens) for tokens, _ in plan.sequences), default=0)
        share = self._shares is not False and longest <= self._network.window
        settled = (self._batch_tokens, share)
        if plan.of == settled:
            return
        row = int(_ROW_TOKENS_PER_HIDDEN * self._network.config.hidden_size)
        capacity = min(max(_SHORTEST_ROW, min(_LONGEST_ROW, row)), self._batch_tokens)
        known = self._headers if share else ()
        plan.forest = grow(plan.sequences, capacity=capacity, share=share, known=known)
        plan.batches = batches_of(plan.forest, self._batch_tokens, self._network.device)
        plan.of = settled
        if share:
            self._headers = plan.forest.headers

    def _answers(self, plan: Plan) -> "list[Answer]":
        device, count = self._network.device, len(plan.requests)
        with torch.inference_mode():
            if self._shares is None and not all(batch.plain for batch in plan.batches):
                self._shares = self._can_share()
            self._settle(plan)
            total = torch.zeros(count, dtype=torch.float64, device=device)
            greedy = torch.ones(count, dtype=torch.bool, device=device)
            middle = len(plan.batches) // 2
            for number, batch in enumerate(plan.batches):
                self._score(plan.forest, batch, total, greedy)
                if number == middle:
                    reach("worker.scoring")
            if not plan.batches:
                reach("worker.scoring")
            if not torch.isfinite(total).all():
                raise CandidateError("the candidate's log-likelihoods have NaN or Inf")
            texts = self._generator.texts(plan.prompts)
        values, best = total.tolist(), greedy.tolist()
        found: list[Answer] = []
        for number, request in enumerate(plan.requests):
            if request.kind == "loglikelihood":
                found.append((values[number], best[number]))
            else:
                found.append(values[number] if request.kind == "rolling" else texts[number])
        return found

    def _score(
        self, forest: Forest, batch: Batch, total: torch.Tensor, greedy: torch.Tensor
    ) -> None:
        """Adds a batch's log-probabilities to `total`, and clears `greedy` where another token
        was more likely.
        """
        hidden = self._hidden(forest, batch).flatten(0, 1)[batch.positions]
        for start in range(0, len(hidden), _PROJECTED_AT_ONCE):
            logits = self._network.logits(hidden[start : start + _PROJECTED_AT_ONCE])
            inside = (batch.at >= start) & (batch.at < start + _PROJECTED_AT_ONCE)
            at, targets = batch.at[inside] - start, batch.targets[inside]
            owners = batch.owners[inside]
            chosen = logits[at, targets] - logits.logsumexp(-1)[at]
            total.index_add_(0, owners, chosen.double())
            greedy[owners[logits.argmax(-1)[at] != targets]] = False

    def _hidden(self, forest: Forest, batch: Batch) -> torch.Tensor:
        """(b, t, hidden) last hidden states."""
        if batch.plain:
            return self._network.hidden(batch.rows)
        cache, before = None, forest.depth(batch.header)
        if batch.header is not None:
            for number in forest.chain(batch.header):
                header = forest.headers[number]
                found = self._network.prefix(header.tokens, forest.tokens_of(header.parent))
            cache = cache_of(found, len(batch.rows))
        return self._network.hidden(
            batch.rows,
            attention_mask=sees(batch, before),
            position_ids=batch.depths,
            past_key_values=cache,
        )

    def _can_share(self) -> bool | None:
        """Does a row of two texts behind a header give what each gives alone? Tried once, with
        real weights; None where these give no numbers to compare.
        """
        size = self._network.config.vocab_size
        head, left, right = (tuple((k + i) % size for i in range(6)) for k in (3, 5, 11))
        texts = [head + left, head + left[:2] + right]
        scored = [(t, [(len(t) - 1, 0, n)]) for n, t in enumerate(texts)]
        forest = grow(scored, capacity=99, known=[Header(head, None)])
        (batch,) = batches_of(forest, 99, self._network.device)
        try:
            found = self._hidden(forest, batch).flatten(0, 1)[batch.positions][batch.at]
        except (TypeError, ValueError, RuntimeError, AttributeError, IndexError):
            return False
        finally:
            self.forget()
        for state, owner in zip(found, batch.owners.tolist(), strict=True):
            text = torch.tensor([texts[owner]], device=self._network.device)
            alone = self._network.hidden(text)[0, -1]
            if not torch.isfinite(alone).all():
                return None
            if not alike(state, alone):
                return False
        return True
