"""One search on simulated workers, which are asynchronous; every trial takes its own time."""

import heapq
import time
import warnings
from dataclasses import dataclass

import numpy as np
from layouts import FloatArray
from search_contestants import make
from search_functions import Function

SPREAD = 0.4  # of the logarithm of a trial's duration; the median is 1


@dataclass(frozen=True)
class Course:
    """What one search came to. Regrets after CHECKPOINTS trials: of its own recommendation, and
    of its best-scoring trial; busy: share of the workers' time until the last trial was handed
    out; seconds: of the optimizer, per trial.
    """

    recommended: list[float]
    best_scored: list[float]
    busy: float
    thrown: int
    seconds: float


def checkpoints(trials: int) -> list[int]:
    """Numbers of finished trials at which a search is asked for its answer."""
    every = [5, 10, 15, 20, 30, 40, 50, 65, 80, *range(100, 1001, 25)]
    return [n for n in every if n <= trials]


def simulate(
    name: str, function: Function, *, workers: int, seed: int, trials: int, budget: int
) -> Course:
    """name: of a contestant; budget: trials it is told of; trials: that are simulated."""
    spent = time.process_time()
    contestant = make(name, function, seed=seed, workers=workers, budget=budget)
    spent = time.process_time() - spent
    durations = np.exp(SPREAD * np.random.default_rng([seed, workers]).standard_normal(trials))
    points: list[FloatArray] = []
    starts: list[float] = []
    running: list[tuple[float, int]] = []
    free, clock = workers, 0.0
    best, best_point = -np.inf, np.zeros(function.layout.parent.size)
    recommended: list[float] = []
    best_scored: list[float] = []
    wanted = checkpoints(trials)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for done in range(1, trials + 1):
            while free and len(points) < trials:
                began = time.process_time()
                point = contestant.ask()
                spent += time.process_time() - began
                if point is None:
                    break
                heapq.heappush(running, (clock + float(durations[len(points)]), len(points)))
                points.append(np.array(point))
                starts.append(clock)
                free -= 1
            clock, number = heapq.heappop(running)
            free += 1
            scores = function.told(points[number], seed)
            began = time.process_time()
            contestant.tell(number, scores)
            spent += time.process_time() - began
            if float(np.mean(scores)) > best:
                best, best_point = float(np.mean(scores)), points[number]
            if done in wanted:
                answer = contestant.answer()
                pair = np.array([best_point if answer is None else answer, best_point])
                regrets = function.optimum - function.truth(pair)
                recommended.append(float(regrets[0]))
                best_scored.append(float(regrets[1]))
    begun = np.array(starts)
    until = np.minimum(begun + durations, begun[-1]) - begun
    busy = 1.0 if begun[-1] == 0 else float(until.sum() / (workers * begun[-1]))
    return Course(recommended, best_scored, busy, contestant.thrown(), spent / trials)
