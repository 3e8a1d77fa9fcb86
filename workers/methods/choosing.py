"""Choices between two numbers, spelled as each way of running is fast at.

A fused kernel selects for nothing and eager code does not: there a comparison and a selection cost
ten times what a multiplication costs. Both spellings give the same bits.
"""

import torch


def sign_of(x: torch.Tensor) -> torch.Tensor:
    """1 where x >= 0, else -1."""
    if torch.compiler.is_compiling():
        return torch.where(x >= 0, 1.0, -1.0)
    return (x.sign() + 0.5).sign()


def over(delta: torch.Tensor, low: torch.Tensor) -> torch.Tensor:
    """delta where abs(delta) > low, else 0."""
    if torch.compiler.is_compiling():
        return delta * (delta.abs() > low)
    limit = float(low)
    return torch.hardshrink(delta, limit) if limit >= 0 else delta


def between(delta: torch.Tensor, low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    """delta where low < abs(delta) <= high, else 0."""
    if torch.compiler.is_compiling():
        size = delta.abs()
        return delta * ((size > low) & (size <= high))
    return over(delta, low) - over(delta, high)


def positive(x: torch.Tensor) -> torch.Tensor:
    """1 where x > 0, else 0."""
    if torch.compiler.is_compiling():
        return torch.where(x > 0, 1.0, 0.0)
    return x.relu().sign()
