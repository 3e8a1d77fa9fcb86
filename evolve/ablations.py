"""What each parent and each gene gave the winner: the winner against itself without it.

One parent is left out, or one gene set to its neutral value, and what is left answers the
validation items that the winner has answered. The gains of several need not add up: what two give
only together is in both. The winner was chosen on these very items, which favours it a little.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from evolve.fitness import Goal, Outcomes
from evolve.statistics import paired_difference
from search_spaces.ablations import methods_of, neutral_of, without
from search_spaces.errors import RecipeError
from search_spaces.recipe import Recipe
from search_spaces.resolve import mean_weights
from search_spaces.space import Gene, GeneValue, Genome, RecipeSpace

Values = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Ablation:
    """The winner with one thing changed. value: the winner's (of a parent, its mean weight);
    neutral: the one it is set to. recipe: with its digest, or None and the reason.
    """

    kind: Literal["parent", "gene"]
    name: str
    value: GeneValue | None
    neutral: float | None = None
    recipe: Recipe | None = None
    digest: str | None = None
    reason: str | None = None

    @property
    def title(self) -> str:
        """The name of its trial."""
        if self.kind == "parent":
            return f"without parent {self.name}"[:200]
        return f"gene {self.name} = {self.neutral:g}"[:200]


@dataclass(frozen=True)
class Scored:
    """A trial on validation items: all outcomes, or the reason why there are none."""

    trial: int
    outcomes: Outcomes | None
    reason: str | None = None


def plan(
    space: RecipeSpace, genome: Genome, identities: Mapping[str, str], most: int
) -> list[Ablation]:
    """Every parent, then every gene that means something in the winner, in the order of the space.
    At most `most` different recipes are to be scored: the parents', then those of the genes that
    are farthest from neutral.

    identities: model reference -> fingerprint; recipes of equal contents have equal digests.
    """
    winner = space.recipe(genome)
    found = [_without_parent(winner, name, ref) for name, ref in space.parents.items()]
    active = space.space.decode(space.space.encode(genome))
    found += [
        _neutral_gene(space, genome, gene, methods_of(winner))
        for gene in space.space.genes
        if gene.name in active
    ]
    found = [
        a if a.recipe is None else replace(a, digest=a.recipe.digest(identities)) for a in found
    ]
    known = {winner.digest(identities), None}
    allowed = len(known) + most
    genes = {gene.name: gene for gene in space.space.genes}
    for index in sorted(range(len(found)), key=lambda i: (-_distance(found[i], genes), i)):
        ablation = found[index]
        if ablation.digest not in known and len(known) == allowed:
            reason = f"not scored: {most} others went first"
            found[index] = replace(ablation, recipe=None, digest=None, reason=reason)
        else:
            known.add(ablation.digest)
    return found


def gains(
    found: Sequence[Ablation],
    scored: Mapping[str, Scored],
    winner: Outcomes,
    goals: Sequence[Goal],
    seed: int,
) -> list[dict[str, Any]]:
    """A row per ablation, as plain data: kind, name, value, neutral, gain of the winner over it in
    the fitness and per task (95 % intervals, or null and the reason), and its trial.

    scored: digest -> outcomes, also of the winner's own recipe; seed: of the bootstrap.
    """
    return [_row(ablation, scored, winner, goals, seed) for ablation in found]


def _without_parent(winner: Recipe, name: str, reference: str) -> Ablation:
    weight = mean_weights(winner).get(reference)
    ablation = Ablation("parent", name, weight)
    try:
        recipe = without(winner, reference)
    except RecipeError as error:
        return replace(ablation, reason=f"cannot be left out: {error}")
    neutral = mean_weights(recipe).get(reference)  # none where it was taken off the list
    return replace(ablation, recipe=recipe, neutral=neutral)


def _neutral_gene(
    space: RecipeSpace, genome: Genome, gene: Gene, methods: Sequence[str]
) -> Ablation:
    ablation = Ablation("gene", gene.name, genome[gene.name])
    try:
        neutral = neutral_of(gene, methods)
    except RecipeError as error:
        return replace(ablation, reason=f"skipped: {error}")
    recipe = space.recipe({**genome, gene.name: neutral})
    return replace(ablation, neutral=neutral, recipe=recipe)


def _distance(ablation: Ablation, genes: Mapping[str, Gene]) -> float:
    """From neutral, in the unit cube; parents come before all genes."""
    if ablation.kind == "parent":
        return 2.0
    if ablation.neutral is None or ablation.value is None:
        return 0.0
    gene = genes[ablation.name]
    return abs(gene.encode(ablation.value) - gene.encode(ablation.neutral))


def _row(
    ablation: Ablation,
    scored: Mapping[str, Scored],
    winner: Outcomes,
    goals: Sequence[Goal],
    seed: int,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "kind": ablation.kind,
        "name": ablation.name,
        "value": ablation.value,
        "neutral": ablation.neutral,
        "gain": None,
        "tasks": {},
        "trial": None,
        "reason": ablation.reason,
    }
    if ablation.digest is None:
        return row
    found = scored[ablation.digest]
    row |= {"trial": found.trial, "reason": found.reason}
    if found.outcomes is not None:
        ours, theirs = ([g.counted(o) for g in goals] for o in (winner, found.outcomes))
        row["gain"] = _gain(ours, theirs, [g.weight for g in goals], seed)
        row["tasks"] = {
            g.task: _gain([g.values(winner)], [g.values(found.outcomes)], [1.0], seed)
            for g in goals
        }
    return row


def _gain(ours: Values, theirs: Values, weights: Sequence[float], seed: int) -> dict[str, Any]:
    return asdict(paired_difference(ours, theirs, weights, seed=seed))
