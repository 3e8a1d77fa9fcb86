"""Objectives as people read them. Inside all are maximized, so depth and size are negative."""


def heading(objective: str) -> str:
    """The head of its column; an arrow down where less is better."""
    return {"depth": "depth (layers) ↓", "size": "size (M parameters) ↓"}.get(objective, objective)


def shown(objective: str, score: float) -> str:
    """score: as `evolve.objectives.scores_of` gives it."""
    if objective == "depth":
        return f"{-score:.0f}"
    if objective == "size":
        return millions(-score)
    return f"{score:.3f}"


def millions(parameters: float) -> str:
    """Parameters in millions, with three digits that mean something."""
    found = parameters / 1e6
    return f"{found:,.0f}" if found >= 100 else f"{found:.3g}"


def natural(objective: str, score: float) -> float:
    """layers, or parameters, and not their negative."""
    return -score if objective in ("depth", "size") else score
