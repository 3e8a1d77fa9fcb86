"""Descent on a tiny real model: its slopes, where its path leads, and that it leaves no trace."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
import transformers

from search_spaces.messages import Descent, Job, Learned, TaskSpec, WorkerSpec
from search_spaces.recipe import Recipe
from search_spaces.references import alone, plain_merges
from workers.descent import ResidentModel, evaluate, merge_of, parts_of
from workers.encoding import Encoder
from workers.network import Network
from workers.tasks import load_tasks
from workers.unlabelled import asked_for_entropy, entropy, readings
from workers.worker import Worker

LOSSES: tuple[Literal["entropy", "divergence"], ...] = ("entropy", "divergence")
SAMPLE = {"letters": tuple(range(8)), "words": tuple(range(6))}
PARENTS = ("a", "b", "c")


def spec_of(family: Path) -> WorkerSpec:
    tasks = tuple(TaskSpec(n, str(family / "tasks" / f"{n}.yaml")) for n in SAMPLE)
    parents = {str(family / n): n for n in PARENTS}
    return WorkerSpec(str(family / "base"), parents, tasks, "float32", batch_tokens=96, threads=1)


@pytest.fixture(scope="module")
def worker(family: Path) -> Worker:
    found = Worker(spec_of(family))
    found.set_splits({"search": {"letters": tuple(range(30)), "words": tuple(range(20))}})
    return found


def descent_of(family: Path, loss: Literal["entropy", "divergence"], **changes: Any) -> Descent:
    teachers = {"letters": str(family / "a"), "words": str(family / "b")}
    settings: dict[str, Any] = {
        "loss": loss,
        "start": {str(family / n): 0.3 for n in PARENTS},
        "groups": ((0, 1), (1, 4)),
        "sample": SAMPLE,
        "teachers": teachers if loss == "divergence" else {},
        "steps": 10,
    }
    return Descent(**(settings | changes))


def learn(worker: Worker, descent: Descent) -> tuple[Learned, ...]:
    recipe = alone(worker._spec.base, "float32")
    result = worker.run(Job(0, recipe, "search", descent=descent))
    assert result.failed is None
    assert result.score is None
    return result.learned


def held_by(worker: Worker) -> ResidentModel:
    return ResidentModel(
        worker._model,
        worker._tokenizer,
        worker._device,
        {name: worker._tensors[name] for name in worker._names},
        worker._weights,
        worker._spec.base,
        worker._layers,
        "float32",
        batch_tokens=96,
    )


def slope_along(
    descent: Descent, held: ResidentModel, parts: Any, weights: Any, direction: Any
) -> float:
    """By finite differences of fourth order: random models are strongly curved."""
    step = 4e-3
    far_down, down, up, far_up = (
        evaluate(descent, held, parts, weights + k * step * direction, sloping=False)[0]
        for k in (-2, -1, 1, 2)
    )
    return (far_down - 8 * down + 8 * up - far_up) / (12 * step)


@pytest.mark.parametrize("loss", LOSSES)
def test_slopes_are_those_of_finite_differences(
    worker: Worker, family: Path, loss: Literal["entropy", "divergence"]
) -> None:
    descent, held, tasks = descent_of(family, loss), held_by(worker), worker._loaded()
    weights = torch.tensor([[0.3, 0.5], [0.2, 0.4], [0.1, 0.6]], dtype=torch.float64)
    parts = parts_of(descent, held, tasks, weights)
    assert len(parts) > 1
    _, slopes = evaluate(descent, held, parts, weights)
    for parent in range(3):
        for group in range(2):
            direction = torch.zeros_like(weights)
            direction[parent, group] = 1.0
            expected = slope_along(descent, held, parts, weights, direction)
            assert slopes[parent, group].item() == pytest.approx(expected, rel=0.01, abs=5e-4)
    assert slopes.abs().min() > 1e-3


def write_experts(folder: Path, seed: int, tokenizer: Path) -> None:
    """A Mixtral: a tensor of an expert is a view of one parameter of all of them."""
    torch.manual_seed(seed)
    sizes = {"vocab_size": 34, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 4}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2, "num_local_experts": 3}
    heads["num_experts_per_tok"] = 3  # all of them: a choice among experts has no slope
    config = transformers.MixtralConfig(**sizes, **heads)
    model = transformers.MixtralForCausalLM(config)
    for parameter in model.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder / name)


@pytest.mark.parametrize("kind", ["head of its own", "experts"])
def test_slopes_in_other_architectures(
    make_model: Callable[..., Path], family: Path, tmp_path: Path, kind: str
) -> None:
    for seed, name in enumerate(("base", "a")):
        if kind == "experts":
            write_experts(tmp_path / name, seed, family / "base")
        else:
            make_model(tmp_path / name, seed, tie_word_embeddings=False)
    references = {str(tmp_path / "a"): "a"}
    worker = Worker(replace(spec_of(family), base=str(tmp_path / "base"), parents=references))
    descent = descent_of(family, "entropy", start={str(tmp_path / "a"): 0.5})
    held = held_by(worker)
    weights = torch.tensor([[0.5, 0.4]], dtype=torch.float64)
    parts = parts_of(descent, held, worker._loaded(), weights)
    _, slopes = evaluate(descent, held, parts, weights)
    for direction in torch.eye(2, dtype=torch.float64):
        expected = slope_along(descent, held, parts, weights, direction)
        found = (slopes[0] * direction).sum().item()
        assert found == pytest.approx(expected, rel=0.01, abs=5e-4)
    assert slopes.abs().min() > 5e-3


def test_entropy_falls_along_the_path(worker: Worker, family: Path) -> None:
    path = learn(worker, descent_of(family, "entropy", steps=12))
    assert [point.step for point in path] == [0, 5, 10, 12]
    assert path[0].weights == {str(family / n): (0.3, 0.3) for n in PARENTS}
    losses = [point.loss for point in path]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] - 0.01
    assert all(0 <= w <= 1.5 for row in path[-1].weights.values() for w in row)


def test_a_single_teacher_is_found(worker: Worker, family: Path) -> None:
    teacher = str(family / "b")
    descent = descent_of(
        family, "divergence", teachers=dict.fromkeys(SAMPLE, teacher), steps=50, learning_rate=0.08
    )
    path = learn(worker, descent)
    for parent, weights in path[-1].weights.items():
        wanted = 1.0 if parent == teacher else 0.0
        assert weights == pytest.approx((wanted, wanted), abs=0.1)
    assert path[-1].loss < 0.02 * path[0].loss


def test_the_base_may_teach(worker: Worker, family: Path) -> None:
    teachers = dict.fromkeys(SAMPLE, str(family / "base"))
    path = learn(worker, descent_of(family, "divergence", teachers=teachers, steps=30))
    assert all(w == pytest.approx(0.0, abs=0.05) for r in path[-1].weights.values() for w in r)


def test_no_trace_is_left(worker: Worker, family: Path) -> None:
    def score(recipe: Recipe) -> Any:
        result = worker.run(Job(0, recipe, "search"))
        assert result.score is not None, result.failed
        return result.score.outcomes, [t.numpy().tobytes() for t in worker._tensors.values()]

    recipe = plain_merges(worker._spec.base, {n: str(family / n) for n in PARENTS}, "float32")[
        "ties"
    ]
    before = score(recipe)
    learn(worker, descent_of(family, "entropy", steps=2))
    for parameter in worker._model.parameters():
        assert parameter.grad is None
        assert not parameter.requires_grad
        assert not parameter._post_accumulate_grad_hooks
    assert score(recipe) == before


@pytest.mark.parametrize("loss", LOSSES)
def test_a_repeat_gives_the_same_bits(
    worker: Worker, family: Path, loss: Literal["entropy", "divergence"]
) -> None:
    first = learn(worker, descent_of(family, loss, steps=3))
    torch.manual_seed(5)
    worker.run(Job(0, alone(str(family / "c"), "float32"), "search"))
    assert learn(worker, descent_of(family, loss, steps=3)) == first
    assert learn(Worker(spec_of(family)), descent_of(family, loss, steps=3)) == first


def test_the_recipe_of_a_point_is_what_the_point_was(worker: Worker, family: Path) -> None:
    descent = descent_of(family, "entropy", steps=2)
    last = learn(worker, descent)[-1]
    written = [t.numpy().tobytes() for t in worker._tensors.values()]
    recipe = merge_of(descent, worker._spec.base, list(last.weights.values()), "float32")
    assert worker.run(Job(0, recipe, "search")).failed is None
    assert [t.numpy().tobytes() for t in worker._tensors.values()] == written


def test_options_that_share_a_prompt_are_read_as_if_alone(worker: Worker, family: Path) -> None:
    """Choices of several tokens: the same mean entropy for any size of batch, shared or not."""
    worker.run(Job(0, alone(str(family / "a"), "float32"), "search"))
    network = Network(worker._model, worker._device)
    asked = asked_for_entropy(
        descent_of(family, "entropy"), worker._loaded(), Encoder(worker._tokenizer, 64)
    )
    apart = [
        replace(one, sequences=tuple((t, s) for t, s in one.sequences if s[0][2] == option))
        for one in asked
        for option in range(one.options)
    ]
    with torch.no_grad():
        found = [
            sum(float(entropy(network, r)) for r in readings(asked, network, size))
            for size in (1, 40, 2000)
        ]
        likelihoods = [
            float(
                torch.stack(
                    [
                        network.logits(network.hidden(torch.tensor([tokens]))[0]).log_softmax(-1)[
                            p, target
                        ]
                        for p, target, _ in scored
                    ]
                ).sum()
            )
            for one in apart
            for tokens, scored in one.sequences
        ]
    assert found == pytest.approx([found[0]] * 3, rel=1e-5)
    expected, rest = 0.0, iter(likelihoods)
    for one in asked:
        logs = torch.tensor([next(rest) for _ in range(one.options)]).log_softmax(0)
        expected -= one.share * float((logs.exp() * logs).sum())
    assert found[0] == pytest.approx(expected, rel=1e-5)


def test_a_task_that_is_generated_is_read_to_the_end_of_its_prompt(
    worker: Worker, family: Path
) -> None:
    (task,) = load_tasks([worker._spec.tasks[0]])
    asking = [
        tuple(replace(r, kind="generate", continuation="", generation="{}") for r in item[:1])
        for item in task.items
    ]
    tasks = {"letters": replace(task, items=tuple(asking))}
    (one,) = asked_for_entropy(
        descent_of(family, "entropy", sample={"letters": (0,)}),
        tasks,
        Encoder(worker._tokenizer, 64),
    )
    tokens = tuple(worker._tokenizer.encode(asking[0][0].context))
    assert one.sequences == ((tokens, ((len(tokens) - 1, 0, 0),)),)
    assert one.options == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"groups": ((0, 2),)}, "from 0 to 4"),
        ({"groups": ((0, 2), (3, 4))}, "without a gap"),
        ({"sample": {"letters": ()}}, "sample is empty"),
        ({"sample": {"nothing": (1,)}}, "'nothing' is no parent or task"),
        ({"start": {"nobody": 0.1}}, "'nobody' is no parent or task"),
        ({"loss": "divergence"}, "needs a teacher"),
        ({"start": {"a": 1e30}, "high": 1e38}, "NaN or Inf after 0 steps"),
    ],
)
def test_what_cannot_be_learnt_fails_with_the_reason(
    worker: Worker, family: Path, changes: dict[str, Any], words: str
) -> None:
    if "a" in changes.get("start", {}):
        changes = changes | {"start": {str(family / "a"): 1e30}}
    recipe = alone(worker._spec.base, "float32")
    descent = replace(descent_of(family, "entropy"), **changes)
    result = worker.run(Job(0, recipe, "search", descent=descent))
    assert words in str(result.failed)
    assert result.learned == ()
    assert not any(p.requires_grad for p in worker._model.parameters())
