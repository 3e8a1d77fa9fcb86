"""The data-flow space: which parent's layer runs next, and how much it adds (arXiv:2403.13187,
section 3.2).

The layers of all parents, one parent after the other, `repeats` times over, are slots in a fixed
order, each of which runs or does not: 2^T paths over T slots instead of (M + 1)^T. Only parents
give layers; the base gives none. The first and last layers of the home parent always run, as they
are, and with them come its embeddings, final norm and head; they are not among the slots.

The paper multiplies the input of a layer after a jump by W. A layer is x + f(norm(x)) and
norm(W x) = norm(x), so W x + f(norm(x)) = W (x + f(norm(x)) / W), and later norms remove the
factor before the bracket. With W_1, W_2, ... along the path, layer n thus adds f / (W_1 ... W_n)
where it adds f without them. The gene of a slot is that number itself, and every slot has one: it
can undo a jump at any place, means the same whatever runs before it, and is something that
mergekit's passthrough can write down, as the scale of the tensors that write to the residual
stream. It has no dimension of its own while its slot does not run (arXiv:2605.12326).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from search_spaces.errors import ConfigError
from search_spaces.parameters import Bounds
from search_spaces.recipe import Recipe
from search_spaces.residual import KNOWN_WRITERS, writers
from search_spaces.space import Gene, GeneValue, Space
from search_spaces.suggest import did_you_mean

SKIP, RUN = "skip", "run"
_DECIMALS = 6  # of a scale in a recipe; a gene near 1 then is 1, and gives the layer as it is


class DataFlowConfig(BaseModel):
    """The `space:` block of a search over data flows."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["dataflow"] = "dataflow"
    repeats: int = Field(
        2, ge=1, description="how often the sequence of all layers of all parents is laid out"
    )
    block: int = Field(1, ge=1, description="consecutive layers that run or not together")
    scale: Bounds | None = Field(
        Bounds(low=0.5, high=1.5),
        description="range of the factor on what the layers of a slot add; no such genes if null",
    )
    max_layers: int | None = Field(
        None, ge=1, description="of the deepest merged model; twice the parents' if null"
    )
    fixed_ends: int = Field(
        1, ge=1, description="first and last layers of the home parent that always run"
    )
    home: str | None = Field(
        None, description="the parent of the ends, embeddings and head; the first if null"
    )

    @field_validator("scale")
    @classmethod
    def _can_be_one(cls, scale: Bounds | None) -> Bounds | None:
        if scale is not None and not scale.low <= 1.0 <= scale.high:
            raise ValueError(
                "must include 1, at which a layer adds what it adds in its parent; found "
                f"[{scale.low:g}, {scale.high:g}]"
            )
        if scale is not None and scale.start not in (None, 1.0):
            raise ValueError(
                "the search begins at the home parent, where every scale is 1; found start "
                f"{scale.start:g}, leave it out"
            )
        return scale


@dataclass(frozen=True)
class Run:
    """Layers [start, end) of a parent, by its name, one after the other."""

    parent: str
    start: int
    end: int
    scale: float = 1.0

    @property
    def layers(self) -> int:
        """How many."""
        return self.end - self.start


@dataclass(frozen=True)
class DataFlowSpace:
    """A Space whose points are paths through the layers of `parents` (name -> model reference).

    slots: what gene `run.sN` is about; head, tail: what always runs before and after them; writes:
    parts of the names of the tensors that write to the residual stream.
    """

    config: DataFlowConfig
    parents: Mapping[str, str]
    layers: int
    most_layers: int
    dtype: str
    space: Space
    head: Run
    slots: tuple[Run, ...]
    tail: Run
    writes: tuple[str, ...]
    methods: tuple[str, ...] = ("passthrough",)

    def path(self, values: Mapping[str, GeneValue]) -> list[Run]:
        """What runs at one point, in order. Where the slots that are to run have more layers than
        `most_layers` allows, those from the first that has no room do not run.
        """
        found, room = [self.head], self.most_layers - self.head.layers - self.tail.layers
        for number, slot in enumerate(self.slots):
            if values[f"run.s{number}"] != RUN:
                continue
            room -= slot.layers
            if room < 0:
                break
            scale = round(float(values.get(f"scale.s{number}", 1.0)), _DECIMALS)
            found.append(Run(slot.parent, slot.start, slot.end, scale))
        return list(_joined([*found, self.tail]))

    def recipe(self, values: Mapping[str, GeneValue]) -> Recipe:
        """The merge at one point, given in natural values."""
        return Recipe.model_validate(
            {
                "merge_method": "passthrough",
                "slices": [{"sources": [self._source(run)]} for run in self.path(values)],
                "dtype": self.dtype,
            }
        )

    def nearest(self, weights: Mapping[str, float]) -> tuple[dict[str, GeneValue], bool] | None:
        """The home parent is a point of the space; of sums of parents there is none."""
        wanted = {name: weight for name, weight in weights.items() if weight != 0}
        return (self.start(), True) if wanted == {self.head.parent: 1.0} else None

    def start(self, scale: float = 1.0) -> dict[str, GeneValue]:
        """Where an optimizer begins: the home parent alone, each layer once. scale: of task
        vectors, of which there are none here.
        """
        values: dict[str, GeneValue] = {}
        after = self.head.end
        for number, slot in enumerate(self.slots):
            runs = slot.parent == self.head.parent and slot.start == after
            values[f"run.s{number}"] = RUN if runs else SKIP
            if runs:
                after = slot.end
                if self.config.scale is not None:
                    values[f"scale.s{number}"] = 1.0
        return values

    def _source(self, run: Run) -> dict[str, Any]:
        source: dict[str, Any] = {
            "model": self.parents[run.parent],
            "layer_range": (run.start, run.end),
        }
        if run.scale != 1.0:
            scaled = [{"filter": name, "value": run.scale} for name in self.writes]
            source["parameters"] = {"scale": [*scaled, {"value": 1.0}]}
        return source


def build_dataflow(
    config: DataFlowConfig,
    base: str,
    parents: Mapping[str, str],
    *,
    layers: int,
    dtype: str,
    seed: int,
    tensors: Iterable[str] | None = None,
) -> DataFlowSpace:
    """parents: name -> model reference; layers: of each of them. base: gives no layers; seed: of
    masks, of which there are none; both are there because every kind of space is built with them.

    tensors: the names in a parent, to find those that write to the residual stream; without them
    recipes name those of every architecture that is known.

    Raises: ConfigError where ends, depth or home do not fit the parents, and for scales in an
    architecture where they would do nothing.
    """
    home = next(iter(parents)) if config.home is None else config.home
    if home not in parents:
        raise ConfigError(f"space.home: no parent '{home}': {did_you_mean(home, parents)}")
    ends = config.fixed_ends
    if 2 * ends > layers:
        raise ConfigError(
            f"space.fixed_ends: {ends} first and {ends} last layers, but the parents have "
            f"{layers} layers; expected at most {layers // 2}"
        )
    most = 2 * layers if config.max_layers is None else config.max_layers
    if most < layers:
        raise ConfigError(
            f"space.max_layers: {most}, but the home parent alone, where the search begins, has "
            f"{layers} layers; expected at least {layers}"
        )
    ranges = {name: (ends, layers - ends) if name == home else (0, layers) for name in parents}
    slots = tuple(
        Run(name, start, min(start + config.block, last))
        for _ in range(config.repeats)
        for name, (first, last) in ranges.items()
        for start in range(first, last, config.block)
    )
    if not slots:
        raise ConfigError(
            f"space: nothing to search; all {layers} layers of the only parent are fixed ends"
        )
    genes: list[Gene] = []
    for number in range(len(slots)):
        genes.append(Gene(f"run.s{number}", choices=(SKIP, RUN)))
        if config.scale is not None:
            low, high, log = config.scale.low, config.scale.high, config.scale.log
            when = (f"run.s{number}", (RUN,))
            genes.append(Gene(f"scale.s{number}", low, high, log, when=when))
    writes: tuple[str, ...] = ()
    if config.scale is not None:
        writes = KNOWN_WRITERS if tensors is None else writers(tensors)
    return DataFlowSpace(
        config=config,
        parents=dict(parents),
        layers=layers,
        most_layers=min(most, 2 * ends + sum(slot.layers for slot in slots)),
        dtype=dtype,
        space=Space(tuple(genes)),
        head=Run(home, 0, ends),
        slots=slots,
        tail=Run(home, layers - ends, layers),
        writes=writes,
    )


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    """Runs that go on where the one before ended, with its scale, become one."""
    last: Run | None = None
    for run in runs:
        if last is None:
            last = run
        elif (run.parent, run.start, run.scale) == (last.parent, last.end, last.scale):
            last = Run(last.parent, last.start, run.end, last.scale)
        else:
            yield last
            last = run
    if last is not None:
        yield last
