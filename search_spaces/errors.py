"""One tree of errors, split by what the caller should do.

EvolveError                 anything the software says no to            exit 1
├── ConfigError             fix the search file or the command          exit 2
│   ├── RecipeError         ... the recipe
│   └── ParentError         ... a checkpoint: a file, a tensor
├── CandidateError          this candidate scores as failed, the search goes on
├── WorkerLostError         the attempt is tried again
├── StopError               the search stops here and nothing is lost   exit 3
│   └── LimitError          ... a limit of time or money leaves no room for it
└── PauseError              something it needs is away; the same command goes on,
                            and a scheduler should give it again        exit 33
"""


class EvolveError(Exception):
    """Says what, where, what was expected and found, and the next step."""

    exit_code = 1


class ConfigError(EvolveError):
    """The user's input has to change before anything can be done."""

    exit_code = 2


class RecipeError(ConfigError):
    """A recipe that cannot be read or means nothing."""


class ParentError(ConfigError):
    """A checkpoint that cannot be merged: names the file and the tensor."""


class CandidateError(EvolveError):
    """One candidate failed (NaN, Inf, out of memory); the trial ends as failed, with this
    reason.
    """


class WorkerLostError(EvolveError):
    """A worker went away in the middle of an attempt; another one may do it."""


class StopError(EvolveError):
    """The search cannot go on as it is; what was recorded stays."""

    exit_code = 3


class LimitError(StopError):
    """A limit of time or money is too small to go on; with a larger one the same command does."""


class PauseError(EvolveError):
    """The database, the workers or the machine are away; what was recorded stays, and the same
    command goes on.
    """

    exit_code = 33
