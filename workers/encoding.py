"""Requests to token ids, split exactly as lm-eval's HF model splits them."""

from typing import Any

from search_spaces.errors import ConfigError
from workers.forest import Scored, Tokens


class Encoder:
    """Turns texts into what is scored of them."""

    def __init__(self, tokenizer: Any, max_length: int) -> None:
        """max_length: positions of the model; what is longer loses its beginning."""
        self._tokenizer = tokenizer
        self._max_length = max_length
        bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
        self._prefix: int = bos if bos is not None else eos
        self._prefix_text = tokenizer.decode(self._prefix)

    def pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        """(context ids, continuation ids): blanks at the end of the context belong to the
        continuation, and an empty context is the BOS (or EOS) token.
        """
        if not context.strip():
            ids = self._tokenizer.encode(context + continuation, add_special_tokens=False)
            known = ids[:1] == [self._prefix]
            return (ids[:1], ids[1:]) if known else ([self._prefix], ids)
        blanks = len(context) - len(context.rstrip())
        if blanks:
            context, continuation = context[:-blanks], context[-blanks:] + continuation
        head = self.text(context)
        return head, self.text(context + continuation)[len(head) :]

    def text(self, text: str) -> list[int]:
        """Token ids of a text; special tokens are added unless it begins with them."""
        starts = self._prefix_text and text.startswith(self._prefix_text)
        special = {"add_special_tokens": False} if starts else {}
        ids: list[int] = self._tokenizer.encode(text, **special)
        return ids

    def continuation(
        self, context: str, continuation: str, owner: int
    ) -> tuple[Tokens, list[Scored]]:
        """The sequence whose forward pass answers a request, and what is scored of it.

        Raises: ConfigError for a continuation without tokens, or longer than the model's context.
        """
        return self._scored(*self.pair(context, continuation), owner)

    def rolling(self, text: str, owner: int) -> list[tuple[Tokens, list[Scored]]]:
        """The windows of a text of any length; every token is scored once, with one token of
        context at least.
        """
        from lm_eval.utils import get_rolling_token_windows, make_disjoint_window

        windows = get_rolling_token_windows(
            token_list=self.text(text),
            prefix_token=self._prefix,
            max_seq_len=self._max_length,
            context_len=1,
        )
        pairs = [make_disjoint_window(window) for window in windows]
        return [self._scored(head, tail, owner) for head, tail in pairs]

    def _scored(
        self, context: list[int], continuation: list[int], owner: int
    ) -> tuple[Tokens, list[Scored]]:
        if not 1 <= len(continuation) <= self._max_length:
            raise ConfigError(
                f"tasks: request {owner} has a continuation of {len(continuation)} tokens; "
                f"expected 1 to {self._max_length}"
            )
        whole = tuple((context + continuation)[-(self._max_length + 1) :][:-1])
        first = len(whole) - len(continuation)
        return whole, [(first + i, token, owner) for i, token in enumerate(continuation)]
