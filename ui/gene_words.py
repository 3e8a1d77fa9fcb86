"""What names of genes mean, in words."""

import re
from collections.abc import Iterable


def groups_named(names: Iterable[str]) -> str:
    """What g0, g1 ... in names of genes are; nothing where there are none."""
    found = [int(n) for name in names for n in re.findall(r"(?<=[.=+])g(\d+)(?=[.=+]|$)", name)]
    last = max(found, default=0)
    return f" g0 to g{last}: groups of layers, from the input on." if last else ""
