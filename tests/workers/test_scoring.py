"""The scorer: batching, sharing and memory change no answer; bad candidates fail."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from search_spaces.errors import CandidateError, ConfigError
from workers.scoring import Scorer
from workers.tasks import Answer, Request

CPU = torch.device("cpu")
words = st.lists(st.sampled_from([*"abcdefgh", "one", "two", "is", "not"]), min_size=1, max_size=7)
texts = words.map(" ".join)
asked = st.lists(st.tuples(texts, st.lists(texts, min_size=1, max_size=3)), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def model(family: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(family / "a", dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def tokenizer(family: Path) -> Any:
    return AutoTokenizer.from_pretrained(family / "a")


def one_by_one(model: Any, context: list[int], continuation: list[int]) -> tuple[float, bool]:
    with torch.inference_mode():
        logits = model(torch.tensor([context + continuation])).logits[0].double().log_softmax(-1)
    rows = logits[len(context) - 1 : -1]
    target = torch.tensor(continuation)
    total = float(rows.gather(1, target[:, None]).sum())
    return total, bool((rows.argmax(-1) == target).all())


def pairs_of(head: str, found: list[tuple[str, list[str]]]) -> list[Request]:
    return [
        Request("loglikelihood", f"{head} {context}".strip(), f" {choice}")
        for context, choices in found
        for choice in choices
    ]


def check(model: Any, tokenizer: Any, requests: list[Request], answers: list[Answer]) -> None:
    for request, answer in zip(requests, answers, strict=True):
        head, tail = tokenizer.encode(request.context), tokenizer.encode(request.continuation)
        value, greedy = one_by_one(model, head, tail)
        assert isinstance(answer, tuple)
        assert answer[0] == pytest.approx(value, abs=1e-3)
        assert answer[1] == greedy


@given(texts, asked, st.integers(8, 200))
@settings(max_examples=15, deadline=None)
def test_batches_and_shared_prefixes_change_no_number(
    model: Any, tokenizer: Any, head: str, found: list[tuple[str, list[str]]], batch_tokens: int
) -> None:
    requests = pairs_of(" ".join([head] * 4), found)
    scorer = Scorer(model, tokenizer, CPU, batch_tokens)
    check(model, tokenizer, requests, scorer.answers(scorer.plan(requests)))


def test_a_header_is_computed_once_for_each_candidate_also_by_parts(
    model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = "a b c d e f g h " * 4
    requests = pairs_of(
        head,
        [(f"{a} {b} {c}", ["one", "two is"]) for a in "ijkl" for b in "mnop" for c in "qrstuv"],
    )
    scorer = Scorer(model, tokenizer, CPU, 128)
    whole, parts = scorer.plan(requests), [scorer.plan(requests[:10]), scorer.plan(requests[10:])]
    expected = scorer.answers(whole)
    check(model, tokenizer, requests, expected)
    alone = []
    run = type(scorer._network).hidden

    def counted(self: Any, rows: torch.Tensor, **arguments: Any) -> torch.Tensor:
        if rows.shape[0] == 1 and "attention_mask" not in arguments:
            alone.append(rows.shape)
        return run(self, rows, **arguments)

    monkeypatch.setattr(type(scorer._network), "hidden", counted)
    scorer.forget()
    again = [answer for part in parts for answer in scorer.answers(part)]
    assert [a for a, _ in again] == pytest.approx([e for e, _ in expected], abs=1e-4)
    assert alone == [(1, 32)]
    scorer.forget()
    scorer.answers(whole)
    assert len(alone) == 2


def test_new_weights_give_new_answers(family: Path, tokenizer: Any) -> None:
    model = AutoModelForCausalLM.from_pretrained(family / "a", dtype=torch.float32).eval()
    other = AutoModelForCausalLM.from_pretrained(family / "b", dtype=torch.float32).eval()
    requests = pairs_of("a b c d e f g h " * 3, [(c, ["one", "two"]) for c in "ijklmnop"])
    requests += [Request("generate", "a b c", generation='{"max_gen_toks": 5}')]
    scorer = Scorer(model, tokenizer, CPU, 128)
    plan = scorer.plan(requests)
    scorer.answers(plan)
    model.load_state_dict(other.state_dict())
    scorer.forget()
    fresh = Scorer(other, tokenizer, CPU, 128)
    assert scorer.answers(plan) == fresh.answers(fresh.plan(requests))


def test_a_model_that_cannot_look_at_a_forest_is_scored_row_by_row(
    model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = pairs_of("a b c d e f g h " * 3, [(c, ["one", "two is"]) for c in "ijklmnop"])
    monkeypatch.setattr(Scorer, "_can_share", lambda self: False)
    scorer = Scorer(model, tokenizer, CPU, 128)
    plan = scorer.plan(requests)
    check(model, tokenizer, requests, scorer.answers(plan))
    assert all(batch.plain for batch in plan.batches)


def test_the_check_of_forests_finds_a_model_that_looks_at_its_neighbours(
    model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = Scorer(model, tokenizer, CPU, 128)
    assert scorer._can_share()
    run = type(scorer._network).hidden

    def blind(self: Any, rows: torch.Tensor, **arguments: Any) -> torch.Tensor:
        arguments.pop("attention_mask", None)
        return run(self, rows, **arguments)

    monkeypatch.setattr(type(scorer._network), "hidden", blind)
    assert not scorer._can_share()


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError])
def test_out_of_memory_halves_the_batches_once(
    model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    requests = pairs_of("", [(f"{a} {b}", ["one", "two is"]) for a in "abcdefgh" for b in "ijkl"])
    scorer = Scorer(model, tokenizer, CPU, 64)
    plan = scorer.plan(requests)
    expected = scorer.answers(plan)
    run, limit = type(scorer._network).hidden, [40]

    def small(self: Any, rows: torch.Tensor, **arguments: Any) -> torch.Tensor:
        if rows.numel() > limit[0]:
            raise error("DefaultCPUAllocator: can't allocate memory")
        return run(self, rows, **arguments)

    monkeypatch.setattr(type(scorer._network), "hidden", small)
    found = scorer.answers(plan)
    assert [a for a, _ in found] == pytest.approx([e for e, _ in expected], abs=1e-4)
    assert max(batch.rows.numel() for batch in plan.batches) <= 32
    limit[0] = 1
    with pytest.raises(CandidateError, match="also with batches of half the size"):
        scorer.answers(plan)


def test_a_soft_cap_after_the_head_is_seen_also_by_small_logits(tokenizer: Any) -> None:
    """What the first candidate's logits look like must not decide for the others."""
    from transformers import Gemma2Config, Gemma2ForCausalLM

    torch.manual_seed(0)
    config = Gemma2Config(
        vocab_size=34,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=64,
        final_logit_softcapping=2.0,
    )
    model = Gemma2ForCausalLM(config).eval()
    scorer = Scorer(model, tokenizer, CPU)
    plan = scorer.plan(pairs_of("", [("a b", ["one", "two is"]), ("c d", ["one"])]))
    scorer.answers(plan)
    model.model.norm.weight.data[:] = 200.0
    scorer.forget()
    check(model, tokenizer, list(plan.requests), scorer.answers(plan))


def test_what_is_too_long_loses_its_beginning(model: Any, tokenizer: Any) -> None:
    letters = " ".join("abcdefghij"[n % 10] for n in range(90))
    scorer = Scorer(model, tokenizer, CPU, 100)
    (answer,) = scorer.answers(scorer.plan([Request("loglikelihood", letters, " one two")]))
    whole = tokenizer.encode(letters + " one two")[-65:]
    assert answer[0] == pytest.approx(one_by_one(model, whole[:-2], whole[-2:])[0], abs=1e-3)


@pytest.mark.parametrize("continuation", ["", " a" * 70])
def test_continuations_that_cannot_be_scored_are_refused(
    model: Any, tokenizer: Any, continuation: str
) -> None:
    with pytest.raises(ConfigError, match="expected 1 to 64"):
        Scorer(model, tokenizer, CPU).plan([Request("loglikelihood", "a", continuation)])


def test_nan_is_a_failed_candidate(family: Path, tokenizer: Any) -> None:
    model = AutoModelForCausalLM.from_pretrained(family / "a", dtype=torch.float32)
    model.model.norm.weight.data[:] = torch.nan
    scorer = Scorer(model, tokenizer, CPU)
    with pytest.raises(CandidateError, match="NaN"):
        scorer.answers(scorer.plan(pairs_of("", [("a b", ["one", "two is"])])))


def test_blanks_move_to_the_continuation_and_no_context_is_bos(model: Any, tokenizer: Any) -> None:
    encoder = Scorer(model, tokenizer, CPU)._encoder
    assert encoder.pair("a b ", "one") == encoder.pair("a b", " one")
    head, tail = encoder.pair("", "one two")
    assert (head, len(tail)) == ([tokenizer.bos_token_id], 2)


def test_texts_of_any_length_are_scored_token_by_token(model: Any, tokenizer: Any) -> None:
    """Windows of the model's context, each with one token of context at least."""
    letters = " ".join("abcdefghij"[n % 10] for n in range(150))
    scorer = Scorer(model, tokenizer, CPU)
    (answer,) = scorer.answers(scorer.plan([Request("rolling", "", letters)]))
    ids = tokenizer.encode(letters)
    expected = one_by_one(model, [tokenizer.bos_token_id], ids[:64])[0]
    expected += one_by_one(model, ids[63:64], ids[64:128])[0]
    expected += one_by_one(model, ids[85:128], ids[128:])[0]
    assert answer == pytest.approx(expected, rel=1e-4)


def greedy_text(model: Any, tokenizer: Any, prompt: str, stops: list[str], limit: int) -> str:
    """The definition: one token after the other, each by a whole forward pass."""
    ids = tokenizer.encode(prompt)[-(64 - limit) :]
    made: list[int] = []
    with torch.inference_mode():
        while len(made) < limit:
            made.append(int(model(torch.tensor([ids + made])).logits[0, -1].argmax()))
            if made[-1] == tokenizer.eos_token_id:
                break
    text: str = tokenizer.decode(made, skip_special_tokens=True)
    for stop in stops:
        text = text.split(stop)[0]
    return text


@given(
    st.lists(texts, min_size=1, max_size=12),
    st.lists(st.sampled_from(["a", "two is", "h", "one"]), max_size=2),
    st.integers(1, 12),
    st.integers(1, 5),
)
@settings(max_examples=8, deadline=None)
def test_texts_are_those_of_one_prompt_at_a_time(
    model: Any, tokenizer: Any, prompts: list[str], stops: list[str], limit: int, rows: int
) -> None:
    """With shared beginnings, texts that end early and others that take their place."""
    generation = json.dumps({"until": stops, "max_gen_toks": limit})
    whole = [f"{'a b c d e f g h ' * 3}{prompt}" for prompt in prompts]
    scorer = Scorer(model, tokenizer, CPU)
    scorer._generator._rows = rows
    found = scorer.answers(
        scorer.plan([Request("generate", p, generation=generation) for p in whole])
    )
    assert found == [greedy_text(model, tokenizer, p, stops, limit) for p in whole]


def test_penalties_of_the_model_and_sampling_go_through_transformers(
    family: Path, tokenizer: Any
) -> None:
    model = AutoModelForCausalLM.from_pretrained(family / "a", dtype=torch.float32).eval()
    prompts = ["a b c", "d e", "one two is not f"]
    plain = '{"max_gen_toks": 8, "until": ["q"]}'
    asked = [Request("generate", p, generation=plain) for p in prompts]
    scorer = Scorer(model, tokenizer, CPU)
    first = scorer.answers(scorer.plan(asked))
    model.generation_config.repetition_penalty = 5.0
    second = scorer.answers(scorer.plan(asked))
    assert first != second
    sampled = '{"max_gen_toks": 8, "do_sample": true, "temperature": 1.5}'
    plan = scorer.plan([Request("generate", p, generation=sampled) for p in prompts])
    state = torch.random.get_rng_state()
    assert scorer.answers(plan) == scorer.answers(plan)
    assert torch.equal(state, torch.random.get_rng_state())


def test_more_new_tokens_than_the_model_has_room_for_are_refused(
    model: Any, tokenizer: Any
) -> None:
    with pytest.raises(ConfigError, match="up to 64 new tokens"):
        Scorer(model, tokenizer, CPU).plan(
            [Request("generate", "a", generation='{"max_gen_toks": 64}')]
        )
