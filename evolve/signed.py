"""How a difference is written wherever people read it; imports nothing that takes time."""

from collections.abc import Mapping


def signed(found: Mapping[str, float]) -> str:
    """found: an `evolve.statistics.Interval` as a dict; `+0.035 [+0.010, +0.061]`."""
    return f"{found['mean']:+.3f} [{found['low']:+.3f}, {found['high']:+.3f}]"
