"""The rank of every entry of a task vector by magnitude inside its row."""

import numpy as np
import torch

DIGIT = 2048
_STRETCH = 1 << 20


def row_ranks(base: torch.Tensor, model: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Ranks of abs(model - base) in each row, 0 the smallest, equal ones in memory order.

    A vector is one row; further sides belong to the row. Returns the digits of the ranks to base
    2048, the lowest first, as float16 of base's shape: one digit where a row has at most 2048
    entries. All digits are exact in float16, which fused kernels read at full speed; integers of
    one or two bytes they do not.
    """
    rows = base.shape[0] if base.dim() > 1 else 1
    columns = base.numel() // max(1, rows)
    digits = 1 if columns <= DIGIT else 2
    found = np.empty((digits, rows, columns), dtype=np.float16)
    here = np.arange(columns, dtype=np.int64)
    step = max(1, _STRETCH // max(1, columns))
    for first in range(0, rows, step):
        part = slice(first, first + step)
        size = (
            model.reshape(rows, columns)[part].float() - base.reshape(rows, columns)[part].float()
        ).abs()
        # Bits of a magnitude sort as the magnitude does; the column breaks ties, as a stable sort.
        keys = size.cpu().numpy().view(np.int32).astype(np.int64) << 32 | here
        keys.sort(axis=1)
        for digit in range(digits):
            value = here // DIGIT if digit else here % DIGIT
            places = keys & 0xFFFFFFFF
            np.put_along_axis(found[digit, part], places, value.astype(np.float16)[None], axis=1)
    return tuple(torch.from_numpy(plane).view(base.shape).to(base.device) for plane in found)
