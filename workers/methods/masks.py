"""Which entries of a task vector are kept."""

import hashlib

import torch


def mask_seed(seed: int, parent: str, tensor: str) -> int:
    """A 63-bit seed from (recipe seed, fingerprint of the parent, tensor name)."""
    text = f"{seed}|{parent}|{tensor}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little") >> 1


def largest(delta: torch.Tensor, density: float) -> torch.Tensor:
    """delta with all but its int(density * n) largest magnitudes set to zero.

    Exactly that many are kept: among equal magnitudes at the threshold the first ones in memory
    order. density: in (0, 1]. TIES section 3.1, arXiv:2306.01708.
    """
    count = int(density * delta.numel())
    if density >= 1 or count >= delta.numel():
        return delta
    if count <= 0:
        return torch.zeros_like(delta)
    magnitude = delta.abs().flatten()
    threshold = magnitude.kthvalue(delta.numel() - count + 1).values
    keep = magnitude > threshold
    ties = (magnitude == threshold).nonzero().flatten()[: count - int(keep.sum())]
    keep[ties] = True
    return delta * keep.view(delta.shape)


def at_random(delta: torch.Tensor, density: float, seed: int) -> torch.Tensor:
    """delta with each entry kept with probability `density`, from a seed of its own.

    The draw is one uniform number per entry from a CPU generator, whatever the device, and an
    entry is kept where its number is under the density: so a mask of a lower density lies inside
    one of a higher, and all candidates of a search share their noise. DARE section 3.2,
    arXiv:2311.03099.
    """
    if density >= 1:
        return delta
    generator = torch.Generator().manual_seed(seed)
    uniform = torch.rand(delta.shape, generator=generator)
    return delta * (uniform < density).to(delta.device)


def rescaled(kept: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
    """kept, scaled to the L1 norm of the whole (mergekit's `rescale`; it is not DARE's 1/p)."""
    norm = kept.abs().sum()
    if norm == 0:
        return kept
    return kept * (whole.abs().sum() / norm)
