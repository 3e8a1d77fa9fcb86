"""The sinks that a search file asks for, all told at once."""

import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from evolve.blocks import SinksConfig
from evolve.dispatch import Ended
from evolve.progress import Observe, Progress
from evolve.sinks.outlet import Outlet
from evolve.sinks.protocol import End, SearchFacts, Sink
from search_spaces.errors import ConfigError

_CLOSE_S, _HURRY_S = 5.0, 1.0
_PACKAGES = {"prometheus": "prometheus_client", "mlflow": "mlflow", "wandb": "wandb"}


class Sinks:
    """None, one or several. Use as a context: what was not closed is closed as stopped, and soon
    where an error ends it: a machine that is taken away waits for nobody.
    """

    def __init__(self, outlets: Sequence[Outlet], close_s: float = _CLOSE_S) -> None:
        """close_s: that all of them together get at the end."""
        self._outlets = tuple(outlets)
        self._close_s = close_s
        self._open = False

    def __enter__(self) -> "Sinks":
        return self

    def __exit__(self, error: object, *_: object) -> None:
        self.close(End("stopped"), self._close_s if error is None else _HURRY_S)

    def begin(self, search: SearchFacts) -> None:
        """Once, before the others."""
        self._open = True
        for outlet in self._outlets:
            outlet.begin(search)

    def ended(self, ended: Ended) -> None:
        """A trial ended on a split."""
        for outlet in self._outlets if self._open else ():
            outlet.ended(ended)

    def progress(self, now: Progress) -> None:
        for outlet in self._outlets if self._open else ():
            outlet.progress(now)

    def close(self, end: End, within_s: float | None = None) -> None:
        """Nothing where it is closed, or was never begun."""
        if not self._open:
            return
        self._open = False
        limit_s = self._close_s if within_s is None else within_s
        deadline = time.monotonic() + limit_s
        for outlet in self._outlets:
            outlet.close(end, limit_s)
        for outlet in self._outlets:
            outlet.join(deadline - time.monotonic())

    def beside(self, observe: Observe) -> Observe:
        """Tells whoever watches, and then the sinks."""

        def both(now: Progress) -> None:
            observe(now)
            self.progress(now)

        return both if self._outlets else observe


def open_sinks(config: SinksConfig) -> Sinks:
    """Those that the search file names; nothing is connected yet.

    Raises: ConfigError with what to install, where a package is missing.
    """
    wanted: dict[str, Callable[[Any], Sink]] = {
        "prometheus": _prometheus,
        "mlflow": _mlflow,
        "wandb": _wandb,
    }
    chosen = {name: getattr(config, name) for name in wanted}
    found = []
    for name, where in chosen.items():
        if where is None:
            continue
        if find_spec(_PACKAGES[name]) is None:
            raise ConfigError(
                f"sinks.{name}: the package '{_PACKAGES[name]}' is not installed; "
                f"pip install 'evolve-merge[{name}]', or leave the key out"
            )
        found.append(Outlet(name, wanted[name](where)))
    return Sinks(found)


def _prometheus(port: int) -> Sink:
    from evolve.sinks.prometheus import PrometheusSink

    return PrometheusSink(port)


def _mlflow(uri: str) -> Sink:
    from evolve.sinks.mlflow import MlflowSink

    return MlflowSink(uri)


def _wandb(project: str) -> Sink:
    from evolve.sinks.wandb import WandbSink

    return WandbSink(project)
