"""Texts of one candidate, as lm-eval's HF model makes them: greedy ones by continuous batching,
where a text that has ended makes room for the next prompt at once; others by transformers'
generate.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from search_spaces.errors import ConfigError
from workers.continuous import continued
from workers.encoding import Encoder
from workers.forest import Tokens
from workers.network import Network

_ROWS = {"cpu": 64, "cuda": 128}
_DEFAULT_NEW_TOKENS = 256  # lm-eval's

# What a model's generation_config may ask for that makes another token than the most likely one
# the next one; None, 0 and 1 mean that it does not.
_CHANGES_THE_CHOICE = (
    "bad_words_ids",
    "begin_suppress_tokens",
    "dola_layers",
    "encoder_no_repeat_ngram_size",
    "encoder_repetition_penalty",
    "exponential_decay_length_penalty",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "guidance_scale",
    "min_length",
    "min_new_tokens",
    "no_repeat_ngram_size",
    "num_beams",
    "penalty_alpha",
    "repetition_penalty",
    "sequence_bias",
    "stop_strings",
    "suppress_tokens",
    "watermarking_config",
)


@dataclass(frozen=True)
class Prompt:
    """tokens: already cut from the left to leave room for `limit` new ones; settings: of
    generation, as canonical JSON.
    """

    owner: int
    tokens: Tokens
    stops: tuple[str, ...]
    limit: int
    settings: str


class Generator:
    """Continues prompts as lm-eval's HF model does."""

    def __init__(
        self, network: Network, tokenizer: Any, encoder: Encoder, max_length: int
    ) -> None:
        self._network = network
        self._tokenizer = tokenizer
        self._encoder = encoder
        self._max_length = max_length
        self._rows = _ROWS[network.device.type]

    def halve(self) -> None:
        """From now on only half as many texts at once."""
        self._rows = max(1, self._rows // 2)

    def prompt(self, owner: int, context: str, settings: dict[str, Any]) -> Prompt:
        """settings: lm-eval's generation_kwargs.

        Raises: ConfigError where the new tokens alone would not fit into the model's context.
        """
        from lm_eval.models.utils import handle_stop_sequences, normalize_gen_kwargs

        rest = dict(normalize_gen_kwargs(settings, _DEFAULT_NEW_TOKENS))
        ends = self._tokenizer.eos_token_id
        eos = None if ends is None else self._tokenizer.decode(ends)
        stops = handle_stop_sequences(rest.pop("until", None), eos=eos)
        limit = int(rest.pop("max_gen_toks"))
        room = self._max_length - limit
        if room < 1:
            raise ConfigError(
                f"tasks: request {owner} asks for up to {limit} new tokens; the model's context "
                f"has {self._max_length}"
            )
        tokens = tuple(self._encoder.text(context)[-room:])
        kept = tuple(stop for stop in stops if stop)
        return Prompt(owner, tokens, kept, limit, json.dumps(rest, sort_keys=True))

    def texts(self, prompts: Sequence[Prompt]) -> dict[int, str]:
        """owner -> generated text, up to its first stop."""
        found: dict[int, str] = {}
        for settings in sorted({p.settings for p in prompts}):
            mine = [p for p in prompts if p.settings == settings]
            if self._is_greedy(json.loads(settings)):
                found |= self._continued(mine)
            else:
                found |= self._by_transformers(mine, json.loads(settings))
        return found

    def _is_greedy(self, settings: dict[str, Any]) -> bool:
        """Is it the most likely token, and nothing else, that comes next?"""
        plain = {"do_sample": False, "temperature": 0.0}
        if any(settings[key] != plain.get(key) for key in settings):
            return False
        config = self._network.model.generation_config
        told = [getattr(config, name, None) for name in _CHANGES_THE_CHOICE]
        return all(value in (None, 0, 1, False, [], ()) for value in told)

    def _ends(self) -> set[int]:
        ids = self._network.model.generation_config.eos_token_id
        listed = ids if isinstance(ids, list) else [] if ids is None else [ids]
        own = self._tokenizer.eos_token_id
        return {*listed, *(() if own is None else (own,))}

    def _continued(self, prompts: Sequence[Prompt]) -> dict[int, str]:
        made = continued(
            self._network,
            [(p.tokens, p.limit) for p in prompts],
            ends=self._ends(),
            rows=self._rows,
            has_ended=lambda number, tokens: self._has_ended(tokens, prompts[number]),
        )
        return {p.owner: self._cut(tokens, p) for p, tokens in zip(prompts, made, strict=True)}

    def _has_ended(self, tokens: list[int], prompt: Prompt) -> bool:
        if tokens[-1] in self._ends() or len(tokens) >= prompt.limit:
            return True
        # A stop may be spelled by other tokens than its own; each has a byte at least.
        longest = max((len(stop.encode()) for stop in prompt.stops), default=0)
        tail = tokens[-(longest + 2) :]
        return self._stops_in(tail, prompt) and self._stops_in(tokens, prompt)

    def _stops_in(self, tokens: list[int], prompt: Prompt) -> bool:
        text = self._tokenizer.decode(tokens)
        return any(stop in text for stop in prompt.stops)

    def _cut(self, tokens: list[int], prompt: Prompt) -> str:
        """The text before its first stop."""
        text: str = self._tokenizer.decode(tokens, skip_special_tokens=True)
        for stop in prompt.stops:
            text = text.split(stop)[0]
        return text

    def _by_transformers(
        self, prompts: Sequence[Prompt], settings: dict[str, Any]
    ) -> dict[int, str]:
        """Sampling, and penalties of the model's generation_config, batch by batch. Draws come
        from a generator of this call's own, the same for every candidate.
        """
        from transformers import StoppingCriteriaList

        rest = {k: v for k, v in settings.items() if k != "temperature" or v}
        pad = self._tokenizer.pad_token_id
        pad = min(self._ends(), default=0) if pad is None else pad
        ordered = sorted(prompts, key=lambda p: (p.limit, -len(p.tokens)))
        found: dict[int, str] = {}
        with torch.random.fork_rng(), torch.inference_mode():
            torch.manual_seed(0)
            while ordered:
                same = [p for p in ordered[: self._rows] if p.limit == ordered[0].limit]
                ordered = ordered[len(same) :]
                width = max(len(p.tokens) for p in same)
                rows = [[pad] * (width - len(p.tokens)) + list(p.tokens) for p in same]
                mask = [[0] * (width - len(p.tokens)) + [1] * len(p.tokens) for p in same]
                out = self._network.model.generate(
                    input_ids=torch.tensor(rows, device=self._network.device),
                    attention_mask=torch.tensor(mask, device=self._network.device),
                    max_new_tokens=same[0].limit,
                    pad_token_id=pad,
                    stopping_criteria=StoppingCriteriaList([self._criterion(same, width)]),
                    **rest,
                )
                for prompt, tokens in zip(same, out[:, width:].tolist(), strict=True):
                    found[prompt.owner] = self._cut(tokens, prompt)
        return found

    def _criterion(self, prompts: Sequence[Prompt], width: int) -> Any:
        def stopped(input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
            rows = input_ids[:, width:].tolist()
            ended = [self._has_ended(row, p) for p, row in zip(prompts, rows, strict=True)]
            return torch.tensor(ended, device=input_ids.device)

        return stopped
