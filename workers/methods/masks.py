"""Which entries of a task vector are kept: by magnitude, or at random from a seed."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

_HALF = 1 << 32


def mask_seed(seed: int, parent: str, tensor: str) -> int:
    """A 64-bit seed from (recipe seed, fingerprint of the parent, tensor name)."""
    text = f"{seed}|{parent}|{tensor}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def seed_words(seeds: Sequence[int], device: torch.device) -> torch.Tensor:
    """(models, 2) int32: the two halves of each 64-bit seed."""
    halves = [((s % _HALF), (s // _HALF) % _HALF) for s in seeds]
    signed = [[h - _HALF if h >= _HALF // 2 else h for h in pair] for pair in halves]
    return torch.tensor(signed, dtype=torch.int32, device=device)


def drawn(position: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
    """One number in [-2^31, 2^31), for every position; fp32.

    position: (n,) int32; words: (2,) int32 of one seed. A counter-based generator: the number is a
    hash of (seed, position) alone (the 32-bit mixer lowbias32, with half of the seed before it and
    half inside), the same on every device and in any order, and nothing has to be stored.
    """
    x = position * -1640531527 + words[0]
    x = ((x ^ ((x >> 16) & 0xFFFF)) * 0x7FEB352D) ^ words[1]
    x = (x ^ ((x >> 15) & 0x1FFFF)) * -2073254261
    return x.float()


def limit_of(probability: float) -> float:
    """What `drawn` is under with that probability."""
    if probability <= 0 or probability >= 1:
        return -math.inf if probability <= 0 else math.inf
    return (probability - 0.5) * 2.0**32


@dataclass(frozen=True)
class Band:
    """Magnitudes in (low, high] are kept."""

    low: float
    high: float
