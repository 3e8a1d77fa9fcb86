"""The scorer's plan: batches, sharing, truncation; its numbers against one forward pass per
request.
"""

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from search_spaces.errors import CandidateError, ConfigError
from workers.scoring import build_plan, encode, log_likelihoods
from workers.tasks import Request

CPU = torch.device("cpu")
tokens = st.lists(st.integers(4, 33), min_size=1, max_size=9)
pairs = st.lists(
    st.tuples(tokens, st.lists(st.integers(4, 33), min_size=1, max_size=4)),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def model(family: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(family / "a", dtype=torch.float32).eval()


def one_by_one(model: Any, context: list[int], continuation: list[int]) -> tuple[float, bool]:
    with torch.inference_mode():
        logits = model(torch.tensor([context + continuation])).logits[0].double().log_softmax(-1)
    rows = logits[len(context) - 1 : -1]
    target = torch.tensor(continuation)
    total = float(rows.gather(1, target[:, None]).sum())
    return total, bool((rows.argmax(-1) == target).all())


@given(pairs, st.integers(8, 200))
@settings(max_examples=25, deadline=None)
def test_batching_does_not_change_any_number(
    model: Any, found: list[tuple[list[int], list[int]]], batch_tokens: int
) -> None:
    plan = build_plan(found, max_length=64, batch_tokens=batch_tokens, pad=2)
    ours = log_likelihoods(model, plan, CPU)
    for (context, continuation), (value, greedy) in zip(found, ours, strict=True):
        expected, is_greedy = one_by_one(model, context, continuation)
        assert value == pytest.approx(expected, abs=1e-3)
        assert greedy == is_greedy


def test_choices_of_one_token_share_their_context() -> None:
    plan = build_plan(
        [([5, 6, 7], [c]) for c in (8, 9, 10)], max_length=64, batch_tokens=100, pad=2
    )
    assert [tuple(b.rows.shape) for b in plan.batches] == [(1, 3)]
    assert plan.batches[0].positions.tolist() == [2]


def test_batches_keep_to_their_size_and_rows_of_like_length_lie_together() -> None:
    found = [([5] * (1 + n % 7), [6 + n % 20]) for n in range(50)]
    plan = build_plan(found, max_length=64, batch_tokens=20, pad=2)
    assert all(b.rows.numel() <= 20 for b in plan.batches)
    widths = [b.rows.shape[1] for b in plan.batches]
    assert widths == sorted(widths)


def test_what_is_too_long_loses_its_beginning(model: Any) -> None:
    context = [4 + n % 20 for n in range(90)]
    plan = build_plan([(context, [9, 10])], max_length=16, batch_tokens=100, pad=2)
    (answer,) = log_likelihoods(model, plan, CPU)
    assert answer[0] == pytest.approx(one_by_one(model, context[-15:], [9, 10])[0], abs=1e-3)


@pytest.mark.parametrize("continuation", [[], [5] * 17])
def test_continuations_that_cannot_be_scored_are_refused(continuation: list[int]) -> None:
    with pytest.raises(ConfigError, match="expected 1 to 16"):
        build_plan([([5], continuation)], max_length=16, batch_tokens=100, pad=2)


def test_nan_is_a_failed_candidate(family: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(family / "a", dtype=torch.float32)
    model.model.norm.weight.data[:] = torch.nan
    with pytest.raises(CandidateError, match="NaN"):
        log_likelihoods(model, build_plan([([5], [6])], max_length=16, batch_tokens=9, pad=2), CPU)


def test_blanks_move_to_the_continuation_and_no_context_is_bos(family: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(family / "a")
    assert encode(tokenizer, Request("a b ", "one")) == encode(tokenizer, Request("a b", " one"))
    head, tail = encode(tokenizer, Request("", "one two"))
    assert (head, len(tail)) == ([tokenizer.bos_token_id], 2)
