"""Named points of the code at which a drill can strike, to show that nothing is lost there.

`EVOLVE_FAULT=worker.merging:kill:2` kills the process that reaches that point the second time;
`EVOLVE_FAULT_ONCE=FILE` lets one process of all strike, the one that makes the file. Without the
variable, a point does nothing. Several faults are separated by commas.
"""

import os
import signal
import time

POINTS = (
    "driver.opened",  # the search is in the store, its splits are not
    "driver.asked",  # the optimizer gave points that are not in the store
    "driver.committing",  # everything of a turn is sent, nothing is committed
    "driver.committed",  # it is committed, and no worker has heard of it
    "driver.received",  # a result is here and not in the store
    "driver.chosen",  # the chosen trial is in the store, report items are not scored
    "driver.finishing",  # the verdict is made and not in the store
    "worker.starting",
    "worker.merging",  # some tensors of the candidate are written, others are not
    "worker.scoring",  # some answers are there
    "worker.scored",  # the result is made and not sent
    "export.writing",  # some tensors of the model are merged, its folder has no name yet
    "export.swapping",  # the older export is aside, the new one has not got its name
    "export.uploading",  # some files have arrived, what makes them a model has not
)
_SLEEP_S = 6.0
_counts: dict[str, int] = {}


def reach(point: str) -> None:
    """kill: SIGKILL to this process; hang: for good; sleep: for 6 s.

    Raises: ValueError for a fault that is not `point:action[:nth]`, and an unknown point.
    """
    wanted = os.environ.get("EVOLVE_FAULT")
    if not wanted:
        return
    for fault in wanted.split(","):
        name, action, nth = _parsed(fault)
        if name == point:
            _counts[fault] = _counts.get(fault, 0) + 1
            if _counts[fault] == nth and _mine_to_strike():
                _strike(action)


def _parsed(fault: str) -> tuple[str, str, int]:
    name, _, rest = fault.partition(":")
    action, _, nth = rest.partition(":")
    if name not in POINTS or action not in ("kill", "hang", "sleep"):
        raise ValueError(f"EVOLVE_FAULT: '{fault}' is not POINT:kill|hang|sleep[:NTH]")
    return name, action, int(nth or 1)


def _mine_to_strike() -> bool:
    once = os.environ.get("EVOLVE_FAULT_ONCE")
    if not once:
        return True
    try:
        os.close(os.open(once, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def _strike(action: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    while True:
        time.sleep(_SLEEP_S)
        if action == "sleep":
            return
