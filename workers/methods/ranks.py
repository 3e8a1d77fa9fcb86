"""The rank of every entry of a task vector by magnitude inside its row."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

DIGIT = 2048
_STRETCH = 1 << 18


def row_ranks(base: torch.Tensor, model: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Ranks of abs(model - base) in each row, 0 the smallest, equal ones in memory order.

    A vector is one row; further sides belong to the row. Returns the digits of the ranks to base
    2048, the lowest first, as float16 of base's shape: one digit where a row has at most 2048
    entries. All digits are exact in float16, which fused kernels read at full speed; integers of
    one or two bytes they do not.
    """
    rows = base.shape[0] if base.dim() > 1 else 1
    columns = base.numel() // max(1, rows)
    digits = 1 if columns <= DIGIT else 2 if columns <= DIGIT**2 else 3
    found = np.empty((digits, rows, columns), dtype=np.float16)
    origin, end = base.reshape(rows, columns), model.reshape(rows, columns)
    ranks = np.arange(columns)
    values = [(ranks // DIGIT**digit % DIGIT).astype(np.float16) for digit in range(digits)]

    def rank(first: int) -> None:
        part = slice(first, first + step)
        size = (end[part].float() - origin[part].float()).abs().cpu().numpy()
        # Bits of a magnitude sort as the magnitude does; the place breaks ties, as a stable sort.
        keys = size.view(np.int32).astype(np.int64)
        keys <<= 32
        keys |= np.arange(keys.size).reshape(keys.shape)
        keys.sort(axis=1)
        keys &= 0xFFFFFFFF
        for digit in range(digits):
            found[digit, part].reshape(-1)[keys] = values[digit]

    step = max(1, _STRETCH // max(1, columns))
    with ThreadPoolExecutor(torch.get_num_threads()) as threads:
        list(threads.map(rank, range(0, rows, step)))
    return tuple(torch.from_numpy(plane).view(base.shape).to(base.device) for plane in found)
