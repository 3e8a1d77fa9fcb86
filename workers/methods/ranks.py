"""The rank of every entry of a task vector by magnitude inside its row."""

import numpy as np
import torch

_STRETCH = 1 << 20


def row_ranks(base: torch.Tensor, model: torch.Tensor) -> torch.Tensor:
    """Ranks of abs(model - base) in each row, 0 the smallest, equal ones in memory order.

    A vector is one row; further sides belong to the row. Returns base's shape, int16 where a row
    has at most 32,768 entries, else int32: kept for a search, 2 bytes an entry.
    """
    rows = base.shape[0] if base.dim() > 1 else 1
    columns = base.numel() // max(1, rows)
    found = np.empty((rows, columns), dtype=np.int16 if columns <= 1 << 15 else np.int32)
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
        np.put_along_axis(found[part], keys & 0xFFFFFFFF, here.astype(found.dtype), axis=1)
    return torch.from_numpy(found).view(base.shape).to(base.device)
