"""The training loop, the model, its tokenizer. Every stage draws from its own generator."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from workers.demo.data import SKILLS, choices, sentences
from workers.demo.recipes import Training

VOCABULARY = 1024
HIDDEN = 96
LAYERS = 4
BATCH = 48
LONGEST = 64
_IGNORE = -100


def train_tokenizer(folder: Path) -> None:
    """A byte-level BPE of 1,024 tokens, trained on the training queries and the answers."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    corpus = [s.query for skill in SKILLS for s in sentences(skill, "train")]
    corpus += [answer for answers in choices().values() for answer in answers] * 200
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "</s>", "<pad>"]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    ).save_pretrained(folder)


def new_model(seed: int) -> Any:
    """A Llama of about half a million parameters with tied embeddings, fp32."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=VOCABULARY,
            hidden_size=HIDDEN,
            intermediate_size=3 * HIDDEN,
            num_hidden_layers=LAYERS,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=256,
            tie_word_embeddings=True,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=2,
        )
    )


def train(model: Any, tokenizer: Any, training: Training, seed: int) -> None:
    """Trains in place: AdamW, short warm-up, linear decay, gradients clipped at 1."""
    generator = torch.Generator().manual_seed(seed)
    pools = [_examples(tokenizer, *texts) for texts in _texts(training)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=training.rate, weight_decay=0.01)
    model.train()
    batches = _batches(pools, training, generator)
    for step, (ids, labels, weights) in enumerate(batches):
        warm = min(1.0, (step + 1) / 20)
        decay = 1 - 0.9 * step / training.steps
        for group in optimizer.param_groups:
            group["lr"] = training.rate * warm * decay
        logits = model(input_ids=ids, use_cache=False).logits[:, :-1]
        losses = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=_IGNORE, reduction="none"
        )
        weight = weights[:, 1:].flatten() * (labels[:, 1:].flatten() != _IGNORE)
        loss = (losses * weight).sum() / weight.sum()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    model.eval()


def stage_seed(seed: int, stage: str) -> int:
    """A seed for one stage of one family."""
    digest = hashlib.blake2b(f"{seed}|{stage}".encode(), digest_size=7).digest()
    return int.from_bytes(digest, "little")


Example = tuple[list[int], int]


def _texts(training: Training) -> list[tuple[list[str], list[str]]]:
    """(queries, answers) of every source; the answer is empty where the text alone is read."""
    found = []
    for skill in training.skills:
        answers = choices()[skill]
        rows = sentences(skill, "train")
        found.append(([s.query for s in rows], [answers[s.gold] for s in rows]))
    if training.languages:
        rows = tuple(s for s in sentences("language", "train") if s.gold in training.languages)
        found.append(([s.query.rsplit("\n", 1)[0] for s in rows], [""] * len(rows)))
    return found


def _examples(tokenizer: Any, queries: Sequence[str], answers: Sequence[str]) -> list[Example]:
    """(token ids, number of tokens of the query)."""
    heads = tokenizer(list(queries))["input_ids"]
    tails = [tokenizer.encode(a) if a else [] for a in answers]
    return [
        ((h + t)[-LONGEST:], max(0, min(len(h), LONGEST - len(t))))
        for h, t in zip(heads, tails, strict=True)
    ]


def _batches(
    pools: Sequence[Sequence[Example]], training: Training, generator: torch.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """`training.steps` times (ids, labels, weights), each (batch, t).

    The sources take equal shares. Eight batches are drawn at a time and cut by length, so that
    little of them is padding.
    """
    steps = 0
    while steps < training.steps:
        rows: list[Example] = []
        for index in range(8 * BATCH):
            pool = pools[index % len(pools)]
            rows.append(pool[int(torch.randint(len(pool), (), generator=generator))])
        rows.sort(key=lambda row: len(row[0]))
        for chunk in torch.randperm(8, generator=generator).tolist():
            if steps < training.steps:
                steps += 1
                yield _batch(rows[chunk * BATCH : (chunk + 1) * BATCH], training.query_weight)


def _batch(
    rows: Sequence[Example], query_weight: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    width = max(len(ids) for ids, _ in rows)
    ids = torch.full((len(rows), width), 2)
    labels = torch.full((len(rows), width), _IGNORE)
    weights = torch.ones(len(rows), width)
    for index, (tokens, head) in enumerate(rows):
        ids[index, : len(tokens)] = torch.tensor(tokens)
        labels[index, : len(tokens)] = torch.tensor(tokens)
        weights[index, :head] = query_weight
    return ids, labels, weights
