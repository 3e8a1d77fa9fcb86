"""Harm done to real workers: killed, hung, stopped, out of memory, their machine gone, their files
changed. Attempts are lost, never the search.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from search_spaces.errors import ConfigError, ParentError, PauseError, StopError
from search_spaces.messages import Job, Result, Score, WorkerSpec
from search_spaces.references import alone
from tests.workers.test_worker import dare, spec_of
from workers.actor import WorkerActor
from workers.pool import RayPool

pytestmark = pytest.mark.faults

KILLED = {1: "worker.merging:kill", 2: "worker.scoring:kill", 3: "worker.scored:kill"}
HUNG, STOPPED, HUGE, DEADLY = 4, 5, 6, 7


class Drilled(WorkerActor):
    """A real worker to which something happens by the number of its attempt, once."""

    def run(self, job: Job) -> Result:
        number = 0 if Path(self.marker(job.attempt_id)).exists() else job.attempt_id
        Path(self.marker(job.attempt_id)).touch()
        os.environ.pop("EVOLVE_FAULT_ONCE", None)
        os.environ["EVOLVE_FAULT"] = KILLED.get(number, "worker.scoring:hang" * (number == HUNG))
        if job.attempt_id == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == STOPPED:
            os.kill(os.getpid(), signal.SIGSTOP)
        if number == HUGE:
            return self.short_of_memory(job)
        return super().run(job)

    def short_of_memory(self, job: Job) -> Result:
        """The batches of this one candidate find no room."""
        before = resource.getrlimit(resource.RLIMIT_AS)
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        scorer = self._worker._scorer
        answers = scorer.answers

        def greedy(plan: Any) -> Any:
            torch.empty(2**34, dtype=torch.uint8)
            return answers(plan)

        scorer.answers = greedy  # type: ignore[method-assign]
        resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, before[1]))
        try:
            return super().run(job)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)
            scorer.answers = answers  # type: ignore[method-assign]

    @staticmethod
    def marker(attempt: int) -> str:
        return f"{os.environ['EVOLVE_DRILL']}/{attempt}"


class Sleeper(WorkerActor):
    """Sleeps in place of scoring, and holds nothing."""

    shares_parents = False

    def start(self, spec: WorkerSpec, name: str, path: str | None) -> str | None:
        return None

    def run(self, job: Job) -> Result:
        time.sleep(job.attempt_id)
        return Result(job.attempt_id, "", score=Score({}, 0.0, 0.0, 0))


def result_of(pool: RayPool, limit_s: float = 60) -> Result:
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        found = pool.next(1.0)
        if found is not None:
            return found
    raise TimeoutError("no result")


def grown(pool: RayPool, size: int, limit_s: float = 60) -> None:
    until = time.monotonic() + limit_s
    while pool.size != size:
        assert time.monotonic() < until, f"{pool.size} workers, expected {size}"
        assert pool.next(0.5) is None


def scored(pool: RayPool, job: Job) -> Result:
    """Waits for an idle worker, gives it the job, and waits for its result."""
    until = time.monotonic() + 60
    while not pool.free and time.monotonic() < until:
        assert pool.next(0.5) is None
    pool.submit(job)
    return result_of(pool)


@pytest.fixture(scope="class")
def drilled(family: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayPool]:
    """One worker; the first process for it dies while it starts."""
    folder = tmp_path_factory.mktemp("drill")
    drill = {
        "EVOLVE_DRILL": str(folder),
        "EVOLVE_FAULT": "worker.starting:kill",
        "EVOLVE_FAULT_ONCE": str(folder / "starting"),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in drill.items():
            patch.setenv(name, value)
        pool = RayPool(spec_of(family), 1, actor=Drilled)
    assert (folder / "starting").exists()
    yield pool
    pool.close()


class TestDrilled:
    """One pool for all of them."""

    @pytest.mark.parametrize("attempt", sorted(KILLED))
    def test_a_worker_that_is_killed_loses_an_attempt_and_the_next_one_has_the_same_score(
        self, drilled: RayPool, family: Path, attempt: int
    ) -> None:
        expected = scored(drilled, Job(100, dare(family), "search"))
        assert expected.score is not None
        assert scored(
            drilled, Job(100, dare(family, 8), "search")
        ).score  # so that it is built anew
        lost = scored(drilled, Job(attempt, dare(family), "search"))
        assert lost.attempt_id == attempt
        assert str(lost.lost).startswith(f"worker {lost.worker} died")
        again = scored(drilled, Job(attempt, dare(family), "search"))
        assert again.score is not None
        assert again.score.outcomes == expected.score.outcomes
        assert again.worker != lost.worker

    @pytest.mark.parametrize("attempt", [HUNG, STOPPED])
    def test_a_worker_that_is_silent_is_ended_and_replaced(
        self, drilled: RayPool, family: Path, attempt: int
    ) -> None:
        assert scored(drilled, Job(100, dare(family, 8), "search")).score
        (pid,) = drilled.pids()
        started = time.monotonic()
        lost = scored(drilled, Job(attempt, dare(family), "search", deadline_s=1.0))
        assert "was silent for 1 s" in str(lost.lost)
        assert time.monotonic() - started < 4
        again = scored(drilled, Job(attempt, dare(family), "search", deadline_s=600))
        assert again.score is not None
        until = time.monotonic() + 10
        while drilled.next(0.2) is None and time.monotonic() < until and _is_alive(pid):
            pass
        assert not _is_alive(pid)

    def test_a_candidate_that_finds_no_memory_fails_and_its_worker_goes_on(
        self, drilled: RayPool, family: Path
    ) -> None:
        before = scored(drilled, Job(100, dare(family), "search"))
        failed = scored(drilled, Job(HUGE, dare(family, 8), "search"))
        assert failed.lost is None
        assert str(failed.failed).startswith("out of memory while scoring")
        after = scored(drilled, Job(100, dare(family), "search"))
        assert after.worker == before.worker == failed.worker
        assert after.score is not None
        assert before.score is not None
        assert after.score.outcomes == before.score.outcomes

    def test_workers_that_always_die_stop_the_search(self, drilled: RayPool) -> None:
        """The last test with this pool."""
        with pytest.raises(StopError, match="workers died one after another"):
            for _ in range(20):
                assert scored(drilled, Job(DEADLY, RECIPE, "search")).lost


def _is_alive(pid: int) -> bool:
    try:
        return b"ray::" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def changed(folder: Path) -> None:
    """Another value in one tensor, in a file of the same size."""
    file = folder / "model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in load_file(file).items()}
    tensors["model.layers.2.mlp.up_proj.weight"][3, 3] += 1
    save_file(tensors, file, metadata={"format": "pt"})


def poisoned(folder: Path) -> None:
    file = folder / "model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in load_file(file).items()}
    tensors["model.norm.weight"][0] = torch.nan
    save_file(tensors, file, metadata={"format": "pt"})


def cut(folder: Path) -> None:
    file = folder / "model.safetensors"
    os.truncate(file, file.stat().st_size // 2)


@pytest.mark.parametrize(
    ("count", "harm", "message"),
    [
        (2, changed, r"a/model.safetensors: tensor 'model.layers.2.mlp.up_proj.weight' has other"),
        (1, changed, r"a/model.safetensors was written at .*expected fingerprint"),
        (2, poisoned, r"a/model.safetensors: tensor 'model.norm.weight'.* NaN"),
        (1, cut, r"a/model.safetensors"),
    ],
)
def test_a_parent_that_changed_is_named_when_a_worker_is_replaced(
    family: Path,
    tmp_path: Path,
    count: int,
    harm: Callable[[Path], None],
    message: str,
) -> None:
    own = Path(shutil.copytree(family, tmp_path / "family"))
    pool = RayPool(spec_of(own), count)
    try:
        grown(pool, count)
        harm(own / "a")
        job = Job(0, dare(own), "search")
        assert scored(pool, job).score is not None  # who holds the parents goes on
        os.kill(pool.pids()[0], signal.SIGKILL)
        for attempt in range(count):  # whoever gets a job and is gone is missed
            pool.submit(Job(attempt, dare(own), "search"))
        with pytest.raises(ParentError, match=message):
            for _ in range(120):
                pool.next(0.5)
    finally:
        pool.close()


class CutWhileReading(WorkerActor):
    """A file that is mapped loses its end."""

    def start(self, spec: WorkerSpec, name: str, path: str | None) -> str | None:
        from workers.parents import open_parent
        from workers.weights import OnDisk

        parent = open_parent(next(iter(spec.parents)))
        disk = OnDisk(parent)
        first, *_, last = sorted(parent.tensors, key=lambda n: parent.tensors[n].start)
        disk.get(first)
        os.truncate(parent.tensors[first].file, 4096)
        disk.get(last)
        raise AssertionError("read what is not there")


def test_a_file_that_is_cut_while_it_is_read_ends_as_an_error_that_names_it(
    make_model: Callable[..., Path], family: Path, tmp_path: Path
) -> None:
    own = Path(shutil.copytree(family, tmp_path / "family"))
    big = make_model(own / "a", 9, hidden_size=64, intermediate_size=256)
    with pytest.raises(ParentError, match=str(big / "model.safetensors")):
        RayPool(spec_of(own), 1, actor=CutWhileReading).close()


RECIPE = alone("a", "float32")
SLEEPY = WorkerSpec("base", {}, (), "float32", None, threads=1)


@pytest.fixture(scope="module")
def head() -> Iterator[Any]:
    """A head node without cores, as clusters have them, on the machine's own address."""
    from ray._private.authentication import authentication_token_setup as tokens
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        tokens._enable_token_auth()
        tokens.ensure_token_if_auth_enabled(create_token_if_missing=True)
        found = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        yield found
        found.head_node.kill_all_processes(check_alive=False, allow_graceful=True, wait=True)


@pytest.fixture
def cluster(head: Any) -> Iterator[Any]:
    yield head
    for node in list(head.worker_nodes):
        head.remove_node(node)


def test_workers_that_join_are_used_and_those_that_leave_are_forgotten(cluster: Any) -> None:
    stays = cluster.add_node(num_cpus=2)
    pool = RayPool(SLEEPY, None, address=cluster.address, gone_limit_s=6, actor=Sleeper)
    try:
        grown(pool, 2)
        joins = cluster.add_node(num_cpus=1)
        grown(pool, 3)
        submitted = {pool.submit(Job(20 + n, RECIPE, "search")): 20 + n for n in range(3)}
        assert len(submitted) == 3
        cluster.remove_node(joins, allow_graceful=False)  # SIGKILL
        lost = result_of(pool)
        assert lost.lost in (
            f"worker {lost.worker} is gone with its machine",
            f"worker {lost.worker} cannot be reached",  # where Ray does not know it yet
        )
        assert pool.size == 2
        assert [result_of(pool).lost for _ in range(2)] == [None, None]
        cluster.remove_node(stays, allow_graceful=False)
        with pytest.raises(PauseError, match="none for 6 s") as raised:
            for _ in range(120):
                pool.next(1.0)
        assert raised.value.exit_code == 33
    finally:
        pool.close()


def test_more_workers_than_a_cluster_holds_come_as_it_grows(cluster: Any) -> None:
    cluster.add_node(num_cpus=1)
    pool = RayPool(SLEEPY, 3, address=cluster.address, actor=Sleeper)
    try:
        grown(pool, 1)
        cluster.add_node(num_cpus=8)
        grown(pool, 3)  # and no more
        for _ in range(14):
            assert pool.next(0.5) is None
        assert pool.size == 3
    finally:
        pool.close()


def test_placement_by_memory(cluster: Any) -> None:
    gib = 2**30
    spec = WorkerSpec(
        "base", {}, (), "float32", None, 1, memory_bytes=4 * gib, parents_bytes=2 * gib
    )
    cluster.add_node(num_cpus=8, memory=3 * gib)
    with pytest.raises(
        ConfigError, match=r"a worker needs 1 cores, 4 GiB .*offers 8 cores, 3 GiB"
    ):
        RayPool(spec, None, address=cluster.address, actor=Sleeper)
    cluster.add_node(num_cpus=8, memory=9 * gib)
    pool = RayPool(spec, None, address=cluster.address, actor=Sleeper)
    try:
        grown(pool, 2)  # a Sleeper shares nothing
        for _ in range(14):
            assert pool.next(0.5) is None
        assert pool.size == 2
    finally:
        pool.close()


def test_an_open_cluster_on_the_network_is_refused(tmp_path: Path) -> None:
    """In a process of its own, where Ray has not read its token yet."""
    script = """
from ray.cluster_utils import Cluster
from search_spaces.errors import ConfigError
from search_spaces.messages import WorkerSpec
from workers.pool import RayPool
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
try:
    RayPool(WorkerSpec("base", {}, (), "float32", None, 1), 1, address=cluster.address)
except ConfigError as error:
    print(error)
cluster.shutdown()
"""
    told = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "RAY_AUTH_MODE": "disabled"},
    ).stdout
    assert "asks nobody for a token" in told
    assert "RAY_AUTH_MODE=token" in told
