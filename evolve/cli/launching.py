"""What `evolve launch` does: checks the search file, says what is missing, and hands over."""

import os
import re
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from evolve.cli.submitting import (
    Sending,
    on_kuberay,
    on_ray,
    on_skypilot,
    say,
)
from evolve.cli.supervising import supervise
from evolve.config import SearchConfig, read_search
from evolve.launch.secrets import STORE, secret_names
from evolve.launch.shipping import ship
from evolve.launch.wanted import Wanted
from evolve.pricing import price_of
from evolve.store.opening import make_engine
from search_spaces.errors import ConfigError
from search_spaces.model_names import hub_model, split_reference

_ONLY = {  # flag -> the only targets that know it
    "gpu": ("skypilot", "kuberay"),
    "gpus_per_node": ("skypilot", "kuberay"),
    "nodes": ("skypilot", "kuberay"),
    "cloud": ("skypilot",),
    "region": ("skypilot",),
    "spot": ("skypilot",),
    "image": ("skypilot", "kuberay"),
    "package": ("skypilot", "ray"),
    "workdir": ("skypilot",),
    "name": ("skypilot", "kuberay", "ray"),
    "address": ("ray",),
    "store": ("skypilot", "kuberay", "ray"),
    "store_there": ("ray",),
}
_DASHBOARD = "http://127.0.0.1:8265"
_SUBMIT = {"skypilot": on_skypilot, "kuberay": on_kuberay}


@dataclass(frozen=True)
class Asked:
    """The options of the command; None where one is not given."""

    store: str | None = None
    store_there: bool | None = None
    gpu: str | None = None
    gpus_per_node: int | None = None
    nodes: int | None = None
    cloud: str | None = None
    region: str | None = None
    spot: bool | None = None
    image: str | None = None
    package: str | None = None
    workdir: Path | None = None
    name: str | None = None
    address: str | None = None
    max_usd: float | None = None
    max_hours: float | None = None
    log: str | None = None
    export: str | None = None
    restarts: int = 10
    restart_pause_s: float = 10.0


def launch_search(file: Path, on: str, asked: Asked, *, dry_run: bool) -> int:
    """The exit code: of the search where it runs here, 0 once it is submitted elsewhere.

    Raises: ConfigError for a search file that does not work, options that do not go together, and
    a tool or cluster that is not there.
    """
    for flag, targets in _ONLY.items():
        if getattr(asked, flag) is not None and on not in targets:
            raise ConfigError(
                f"--{flag.replace('_', '-')}: goes with --on {' or '.join(targets)}, found "
                f"--on {on}; leave it out"
            )
    if asked.gpu is not None and ":" in asked.gpu:
        kind, _, count = asked.gpu.partition(":")
        raise ConfigError(
            f"--gpu: expected a kind of GPU, found '{asked.gpu}'; write --gpu {kind} "
            f"--gpus-per-node {count}"
        )
    config = _checked(file)
    if on == "local":
        return _here(file, asked, dry_run)
    environ = dict(os.environ)
    if not asked.store_there:
        environ[STORE] = _store(config, asked.store)
    sending = Sending(_wanted(config, on, asked, environ), environ)
    for line in _not_sent(config, on):
        say(line)
    if on == "ray":
        return on_ray(sending, asked.address or _DASHBOARD, dry_run=dry_run)
    return _SUBMIT[on](sending, dry_run=dry_run)


def _checked(file: Path) -> SearchConfig:
    """As far as this machine can: models and tasks may be elsewhere, or on the hub.

    Raises: ConfigError as `evolve plan`.
    """
    config = read_search(file)
    if all(Path(model).is_dir() for model in _models(config)):
        from evolve.cli.searches import open_search

        open_search(file)
    return config


def _models(config: SearchConfig) -> list[str]:
    """Folders and hub names of its models, an adapter apart from its base."""
    references = (config.base, *config.parents.values())
    halves = [half for r in references for half in (split_reference(r)[0], split_reference(r)[2])]
    return [half for half in halves if half]


def _not_sent(config: SearchConfig, on: str) -> list[str]:
    """Models that are folders: their weights stay here."""
    folders = [model for model in _models(config) if hub_model(model) is None]
    if not folders:
        return []
    return [
        f"{folders[0]} ({len(folders)} in all): weights are not sent. They have to lie there "
        f"under the same path{'' if on == 'ray' else ' in the image or a mounted volume'}, or be "
        "named as org/name on the Hugging Face hub"
    ]


def _here(file: Path, asked: Asked, dry_run: bool) -> int:
    """The search in a process of its own, then its export."""
    evolve = [sys.executable, "-m", "evolve"]
    run = [*evolve, "run", str(file)]
    for flag, value in (
        ("--max-usd", asked.max_usd),
        ("--max-hours", asked.max_hours),
        ("--log", asked.log),
    ):
        if value is not None:
            run += [flag, f"{value:g}" if isinstance(value, float) else value]
    commands = [run]
    if asked.export is not None:
        commands.append([*evolve, "export", str(file), "--to", asked.export])
    for command in commands:
        if dry_run:
            say(" ".join(["evolve", *command[3:]]))
            continue
        if command is not run and not _is_finished(file):
            say("nothing is exported: the search was paused before its verdict")
            return 0
        code = supervise(command, restarts=asked.restarts, pause_s=asked.restart_pause_s, say=say)
        if code:
            return code
    return 0


def _is_finished(file: Path) -> bool:
    """A search that ended well, but was paused by `evolve pause`, has nothing chosen."""
    from evolve.cli.finding import find

    return bool(find(str(file), None)[1].verdict is not None)


def _wanted(config: SearchConfig, on: str, asked: Asked, environ: dict[str, str]) -> Wanted:
    urls = [url for url in (asked.export, asked.log) if url is not None]
    for flag, url in (("--export", asked.export), ("--log", asked.log)):
        if url is not None and "://" not in url and on != "ray":
            raise ConfigError(
                f"{flag}: '{url}' would be lost with the machine; give a URL, as s3://bucket/name"
            )
    if on == "kuberay" and asked.image is None:
        raise ConfigError(
            "--image: needed by --on kuberay; build infra/Dockerfile, push it where the cluster "
            "can pull it, and name it"
        )
    gpu = asked.gpu or config.workers.gpu
    gpus_per_node = 1 if asked.gpus_per_node is None else asked.gpus_per_node
    if on == "skypilot" and gpu is None and gpus_per_node:
        raise ConfigError(
            "--gpu: which kind of GPU is not said; give one, as H100, A100-80GB or L4 (`sky gpus "
            "list` names them), or --gpus-per-node 0 for machines without"
        )
    usd_per_hour = _price(config, asked)
    if asked.max_usd is not None and usd_per_hour is None:
        raise ConfigError(
            "--max-usd: what a worker costs is not known; set workers.usd_per_hour in the search "
            "file, or give --gpu with SkyPilot's catalogue on this machine (`sky gpus list`)"
        )
    shipped = ship(config, usd_per_hour=usd_per_hour)
    secrets = secret_names(config, urls, [n for n, value in environ.items() if value])
    package, workdir = asked.package, asked.workdir
    if package is not None and workdir is not None:
        raise ConfigError("--package and --workdir: give one of them")
    if workdir is not None and not (workdir / "pyproject.toml").is_file():
        raise ConfigError(f"--workdir: {workdir} has no pyproject.toml; give a checkout of Evolve")
    if package is None and workdir is None and on == "skypilot" and asked.image is None:
        package = f"evolve-merge=={version('evolve-merge')}"
    if package is not None and package.endswith(".whl") and "://" not in package:
        if not Path(package).is_file():
            raise ConfigError(f"--package: no such file: {package}")
        if on == "ray":
            raise ConfigError(f"--package: the cluster cannot read {package}; give a URL")
        package = str(Path(package).resolve())
    return Wanted(
        name=_name(asked.name or config.name),
        search=shipped.text,
        folders=shipped.folders,
        secrets=secrets[1:] if asked.store_there else secrets,
        package=package,
        workdir=None if workdir is None else str(workdir.resolve()),
        image=asked.image,
        cloud=asked.cloud,
        region=asked.region,
        gpu=gpu if on == "skypilot" else asked.gpu,
        gpus_per_node=gpus_per_node,
        nodes=asked.nodes or 1,
        spot=asked.spot is not False,
        max_usd=asked.max_usd,
        max_hours=asked.max_hours,
        export=asked.export,
        log=asked.log,
    )


def _price(config: SearchConfig, asked: Asked) -> float | None:
    """Of a worker and an hour, at this cloud and in this way of renting."""
    workers = config.workers
    if asked.gpu is not None:
        workers = workers.model_copy(update={"gpu": asked.gpu})
    spot = "0" if asked.spot is False else "1"
    cloud = {} if asked.cloud is None else {"EVOLVE_CLOUD": asked.cloud}
    return price_of(workers, {**os.environ, **cloud, "EVOLVE_SPOT": spot}).usd_per_hour


def _store(config: SearchConfig, given: str | None) -> str:
    """Raises: ConfigError for a database that only this machine has."""
    url = given or os.environ.get(STORE) or config.store
    engine = make_engine(url)
    engine.dispose()
    if engine.dialect.name == "sqlite":
        raise ConfigError(
            "store: an SQLite file is on one machine, and this search runs on another; give "
            "a PostgreSQL that both reach, postgresql+psycopg://..., by --store or EVOLVE_STORE "
            "(infra/compose.yaml starts one)"
        )
    if engine.url.host in ("localhost", "127.0.0.1", "::1"):
        raise ConfigError(
            f"store: {engine.url.host} is this machine's own address, and this search runs on "
            "another; give an address that both reach, by --store or EVOLVE_STORE"
        )
    return url


def _name(word: str) -> str:
    """As clouds and Kubernetes take names: at most 40 lower case letters, digits and dashes."""
    found = re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")[:40].strip("-")
    return found if found[:1].isalpha() else f"evolve-{found}".rstrip("-")
