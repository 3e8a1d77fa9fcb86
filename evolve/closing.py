"""The end of a search: what gave it, what the parents may have read, and the one look at report
items.
"""

from collections.abc import Mapping
from dataclasses import asdict

from evolve import ablations
from evolve.fitness import Outcomes
from evolve.report import references
from evolve.rounds import Rounds
from evolve.selection import Overfitting, Verdict, judge, overfit
from evolve.starts import REFERENCES
from evolve.store import TrialRow
from evolve.store.recording import OutcomesByTask
from evolve.validation import validated
from search_spaces.errors import StopError
from search_spaces.messages import PROBE


def attribute(rounds: Rounds, chosen: TrialRow) -> None:
    """What each parent and each gene gave the chosen trial, on validation items; nothing where
    that is a reference. An ablation that cannot be scored is a row with a reason.
    """
    setup, most = rounds.setup, rounds.setup.config.ablations
    known = rounds.reader.search_by_id(rounds.ledger.search_id).attribution
    if known is not None or chosen.genome is None or most == 0:
        return
    found = ablations.plan(setup.space, chosen.genome, setup.fingerprints, most)
    mine = {rounds.digest(t): t for t in rounds.trials() if t.origin == "ablation"}
    mine[rounds.digest(chosen)] = chosen
    for ablation in found:
        if ablation.recipe is not None and ablation.digest not in mine:
            trial = rounds.add("ablation", ablation.title, ablation.recipe)
            mine[rounds.digest(trial)] = trial
    due = [t for t in mine.values() if t.state != "failed"]
    whole = {task: len(items) for task, items in rounds.splits["validation"].items()}
    scored = validated(rounds, due, whole, 0, len(due), "ablations")
    if chosen.id not in scored:
        return
    rows = ablations.gains(
        found,
        {digest: _scored(rounds, trial.id, scored) for digest, trial in mine.items()},
        rounds.reader.outcomes(chosen.id, "validation") or {},
        setup.goals,
        setup.config.seed,
    )
    rounds.ledger.attribute({"rows": rows})


def _scored(rounds: Rounds, trial_id: int, scored: Mapping[int, float]) -> ablations.Scored:
    trial = rounds.reader.trial(trial_id)  # as it ended
    if trial_id not in scored:
        return ablations.Scored(trial.number, None, trial.reason)
    return ablations.Scored(trial.number, rounds.reader.outcomes(trial_id, "validation"))


def probe(rounds: Rounds) -> None:
    """Base and parents, once, for the hint of contamination. Where it fails, the report says
    so; the verdict does not need it.
    """
    models = [t for t in rounds.trials() if t.origin in ("base", "parent")]
    missing = [t for t in models if rounds.reader.outcomes(t.id, PROBE) is None]
    parts = dict.fromkeys((t.id for t in missing), rounds.splits[PROBE])
    done = len(models) - len(missing)
    rounds.score(missing, PROBE, "probe", done, len(models), parts)


def close(rounds: Rounds, chosen: TrialRow) -> Verdict:
    """Report items, once: the chosen trial and what it is held against."""
    if chosen.fitness is None:  # the optimizer's mean, so far on validation items only
        rounds.score([chosen], "search", "report", 0, 1)
        chosen = rounds.reader.trial(chosen.id)
    held_against = references(rounds.trials())
    everyone = {t.id: t for t in [chosen, *held_against]}
    known = rounds.reader.means(rounds.ledger.search_id, "report")
    missing = [t for t in everyone.values() if t.id not in known]
    done = len(everyone) - len(missing)
    rounds.score(missing, "report", "report", done, len(everyone))
    outcomes = {t.id: _outcomes(rounds, t) for t in everyone.values()}
    by_origin = {
        origin: {t.name: outcomes[t.id] for t in held_against if t.origin == origin}
        for origin in REFERENCES
    }
    verdict = judge(
        rounds.setup.goals,
        outcomes[chosen.id],
        parents=by_origin["parent"],
        plain=by_origin["plain"],
        one_scale=next(iter(by_origin["one_scale"].items())),
        name=chosen.name,
        seed=rounds.setup.config.seed,
        reference=chosen.origin if chosen.origin in REFERENCES else None,
        overfitting=_overfit(rounds, chosen, outcomes[chosen.id]),
    )
    rounds.ledger.finish(asdict(verdict))
    return verdict


def _overfit(rounds: Rounds, chosen: TrialRow, report: Outcomes) -> Overfitting | None:
    done = [t for t in rounds.trials() if t.origin == "optimizer" and t.state == "done"]
    whole = chosen.state == "done" and chosen.error is None  # not where items rotate
    return overfit(
        rounds.setup.goals,
        search=rounds.reader.outcomes(chosen.id, "search") if whole else None,
        score=chosen.fitness,
        error=chosen.error,
        report=report,
        best=max((t.fitness for t in done if t.fitness is not None), default=None),
        seed=rounds.setup.config.seed,
    )


def _outcomes(rounds: Rounds, trial: TrialRow) -> OutcomesByTask:
    found = rounds.reader.outcomes(trial.id, "report")
    if found is None:
        raise StopError(
            f"'{trial.name}' could not be scored on report items; run the same command again"
        )
    return found
