"""A search file opened: its parents by their headers, its tasks by their files, its digest."""

import math
from dataclasses import dataclass
from pathlib import Path

from evolve.cli.hub_names import pinned_search
from evolve.cli.tasks import expanded
from evolve.config import SearchConfig, read_search, search_digest
from evolve.objectives import Sizes, choice, objective_names
from evolve.optimizers import supports
from evolve.store.opening import make_engine
from search_spaces.errors import ConfigError, EvolveError
from search_spaces.messages import TaskSpec, WorkerSpec
from search_spaces.resolve import layer_of
from search_spaces.space import RecipeSpace
from search_spaces.space_config import SpaceConfig
from search_spaces.spaces import open_space
from workers.parents import Parent, open_parent, problems_between
from workers.task_files import task_digest


@dataclass(frozen=True)
class Opened:
    """What a search file names, opened without reading any weights. path: of the file; None where
    it was opened as the store has it.
    """

    path: Path | None
    config: SearchConfig
    base: Parent
    parents: dict[str, Parent]
    tasks: tuple[TaskSpec, ...]
    space: RecipeSpace
    digest: str

    @property
    def fingerprints(self) -> dict[str, str]:
        """Model reference -> content fingerprint."""
        everyone = [self.base, *self.parents.values()]
        return {parent.reference: parent.fingerprint for parent in everyone}

    @property
    def sizes(self) -> Sizes:
        """Parameters of a parent, outside its layers and in each of them."""
        layers = [0] * self.base.layers
        outside = 0
        for name, header in self.base.tensors.items():
            layer = layer_of(name)
            if layer is None:
                outside += math.prod(header.shape)
            else:
                layers[layer] += math.prod(header.shape)
        return Sizes(outside, tuple(layers))

    def worker_spec(self) -> WorkerSpec:
        """What a worker has to hold."""
        from evolve.cli.planning import memory_bytes, parents_bytes

        workers = self.config.workers
        return WorkerSpec(
            base=self.base.reference,
            parents=self.fingerprints,
            tasks=self.tasks,
            dtype=self.config.dtype,
            batch_tokens=workers.batch_tokens,
            threads=workers.threads,
            device=workers.device,
            layers=self.space.most_layers,
            memory_bytes=memory_bytes(self),
            parents_bytes=parents_bytes(self),
        )


def open_search(path: Path) -> Opened:
    """Raises: ConfigError with every problem that headers, tokenizers and task files show."""
    return open_config(read_search(path), str(path), path)


def open_config(config: SearchConfig, where: str, path: Path | None = None) -> Opened:
    """where: it is from, for messages; path: of the search file, if it is from one.

    Raises: ConfigError as `open_search`.
    """
    config = pinned_search(config)
    problems: list[str] = []
    opened: dict[str, Parent] = {}
    for name, reference in {"": config.base, **config.parents}.items():
        try:
            opened[name] = open_parent(reference)
        except EvolveError as error:
            problems.append(str(error))
    base = opened.pop("", None)
    if base is not None:
        try:
            problems += problems_between(base, opened.values())
        except EvolveError as error:
            problems.append(str(error))
    tasks: tuple[TaskSpec, ...] = ()
    digests: dict[str, str] = {}
    try:
        config, tasks = expanded(config)
        digests = {task.name: task_digest(task) for task in tasks}
    except EvolveError as error:
        problems.append(str(error))
    space = None
    try:
        choice(config)
        objective_names(config)
    except EvolveError as error:
        problems.append(str(error))
    try:
        make_engine(config.store).dispose()
    except EvolveError as error:
        problems.append(str(error))
    if base is not None:
        problems += [
            f"space.filters: '{f}' is part of no tensor's name, e.g. '{next(iter(base.tensors))}'"
            for f in getattr(config.space, "filters", ())
            if not any(f in name for name in base.tensors)
        ]
        try:
            space = open_space(
                config.space,
                config.base,
                config.parents,
                layers=base.layers,
                dtype=config.dtype,
                seed=config.seed,
                tensors=base.tensors,
            )
            learns = config.optimizer.name == "descent" or config.starts.descent is not None
            if learns and not isinstance(config.space, SpaceConfig):
                problems.append(
                    f"descent learns weights of `space: {{kind: parameters}}`, found kind "
                    f"'{config.space.kind}'; leave starts.descent out and use another optimizer"
                )
            elif learns and not any(g.name.split(".")[0] == "weight" for g in space.space.genes):
                problems.append(
                    f"descent learns weights, and {'/'.join(space.methods)} has none here to "
                    "search; leave starts.descent out and use another optimizer"
                )
            if config.optimizer.name not in ("auto", "descent"):
                several = len(objective_names(config))
                wrong = supports(config.optimizer.name, space.space.genes, several)
                problems += [] if wrong is None else [f"optimizer: {wrong}"]
        except EvolveError as error:
            problems.append(str(error))
    if problems or base is None or space is None:
        raise ConfigError("\n".join(f"{where}: {p}" if len(problems) > 1 else p for p in problems))
    prints = {p.reference: p.fingerprint for p in [base, *opened.values()]}
    if len(set(prints.values())) != len(prints):
        raise ConfigError(f"{where}: two of its models have the same weights; list each one once")
    digest = search_digest(config, prints, digests)
    return Opened(path, config, base, opened, tasks, space, digest)
