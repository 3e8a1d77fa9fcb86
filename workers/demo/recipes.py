"""How the base and its specialists are trained. Uneven on purpose, as real collections are.

`sentiment` is trained long and moves far from the base, `language` briefly and stays near;
`polish` reads sentences in two languages without any task, forgets the tasks over it, and mostly
hurts a merge. The base is trained briefly, so that there is something left to specialize in.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Training:
    """steps of AdamW, `rate` falling linearly to a tenth of itself.

    skills: whose sentences are read; query_weight: of the loss on the query beside the answer;
    languages: only sentences of these answers of the `language` skill, read as plain text without
    an answer.
    """

    steps: int
    rate: float
    skills: tuple[str, ...]
    query_weight: float = 0.05
    languages: tuple[int, ...] = ()


BASE = Training(steps=130, rate=2e-3, skills=("language", "topic", "sentiment", "intent"))
SPECIALISTS = {
    "language": Training(steps=80, rate=7e-4, skills=("language",)),
    "topic": Training(steps=240, rate=7e-4, skills=("topic",)),
    "sentiment": Training(steps=280, rate=7e-4, skills=("sentiment",)),
    "polish": Training(steps=80, rate=2e-3, skills=(), query_weight=1.0, languages=(6, 7)),
}
