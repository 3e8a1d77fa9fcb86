"""Where a search is also told about, beside its store: metrics and logs that people already use.

protocol.py     what a sink is told: the search, every trial that ended, progress, the end
outlet.py       a thread and a bounded queue per sink, so that none can stop or slow a search
opening.py      the sinks that a search file asks for
prometheus.py   metrics served over HTTP on 127.0.0.1
mlflow.py       one MLflow run per search
wandb.py        one W&B run per search
"""

from evolve.sinks.opening import Sinks, open_sinks
from evolve.sinks.protocol import End, SearchFacts, Sink, TrialFacts, end_of, search_facts

__all__ = [
    "End",
    "SearchFacts",
    "Sink",
    "Sinks",
    "TrialFacts",
    "end_of",
    "open_sinks",
    "search_facts",
]
