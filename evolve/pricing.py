"""What an hour of one worker costs, and who says so: the search file, or SkyPilot's catalogue.

The catalogue is what SkyPilot keeps under `~/.sky/catalogs/vN/CLOUD/vms.csv` once it has been used
on this machine: a line per instance type and region. Its rows without an instance type (Google's)
are prices of GPUs without the machine around them, and are left out. A price that is not known
is None, never a guess.
"""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from evolve.blocks import WorkersConfig
from search_spaces.errors import ConfigError

_CLOUD, _SPOT, _HOME = "EVOLVE_CLOUD", "EVOLVE_SPOT", "SKY_RUNTIME_DIR"


@dataclass(frozen=True)
class Offer:
    """An instance type of a catalogue. gpus: in it; usd: per hour, None where it is not let."""

    cloud: str
    region: str
    instance: str
    gpu: str
    gpus: float
    usd: float | None
    spot_usd: float | None


@dataclass(frozen=True)
class Price:
    """usd_per_hour: of one worker; None: not known. source: in words, also of why not."""

    usd_per_hour: float | None
    source: str


def price_of(workers: WorkersConfig, environ: Mapping[str, str]) -> Price:
    """The search file's price, else the lowest on-demand price per GPU in the catalogue.

    environ: EVOLVE_CLOUD keeps to one cloud, EVOLVE_SPOT=1 asks for spot prices, SKY_RUNTIME_DIR
    is where SkyPilot keeps its files, if not at home.
    """
    if workers.usd_per_hour is not None:
        return Price(workers.usd_per_hour, "workers.usd_per_hour of the search file")
    if workers.gpu is None:
        return Price(None, "not known; set workers.usd_per_hour, or workers.gpu with SkyPilot")
    home = environ.get(_HOME)
    folder = (Path(home).expanduser() if home else Path.home()) / ".sky" / "catalogs"
    if not folder.is_dir():
        return Price(
            None,
            f"not known: SkyPilot keeps no catalogue under {folder}; `sky gpus list` fetches it, "
            "or set workers.usd_per_hour",
        )
    cloud, spot = environ.get(_CLOUD), environ.get(_SPOT, "") not in ("", "0")
    return cheapest(
        offers(folder),
        workers.gpu,
        1.0 if workers.gpus_per_worker is None else workers.gpus_per_worker,
        cloud=cloud,
        spot=spot,
    )


def cheapest(
    found: Iterable[Offer],
    gpu: str,
    gpus_per_worker: float = 1.0,
    *,
    cloud: str | None = None,
    spot: bool = False,
) -> Price:
    """The lowest price per GPU, times a worker's share of them, of instances that hold a worker.

    gpu: as SkyPilot names it, in capitals or not; cloud: None for any.
    """
    kind = "spot" if spot else "on-demand"
    best: tuple[float, Offer] | None = None
    for offer in found:
        usd = offer.spot_usd if spot else offer.usd
        fits = offer.gpu.lower() == gpu.lower() and offer.gpus >= gpus_per_worker
        if not fits or not usd or (cloud is not None and offer.cloud != cloud.lower()):
            continue
        each = usd / offer.gpus
        if best is None or each < best[0]:
            best = each, offer
    where = "" if cloud is None else f" of {cloud}"
    if best is None:
        return Price(
            None,
            f"not known: SkyPilot's catalogue has no {kind} price for '{gpu}'{where}; "
            "`sky gpus list --all` names them, or set workers.usd_per_hour",
        )
    each, offer = best
    among = f"lowest {kind} price{where}" if cloud else f"lowest {kind} price of all clouds"
    return Price(
        each * gpus_per_worker,
        f"SkyPilot's catalogue, {among}: {gpus_per_worker:g} x {offer.gpu} at ${each:.2f} in "
        f"{offer.instance} ({offer.cloud}, {offer.region})",
    )


def offers(folder: Path) -> Iterator[Offer]:
    """folder: of SkyPilot's catalogues; the newest version that is there is read."""
    versions = [f for f in folder.glob("v*") if f.name[1:].isdigit()]
    newest = max(versions, key=lambda f: int(f.name[1:]), default=folder)
    for file in sorted(newest.glob("*/vms.csv")):
        yield from read_offers(file)


def read_offers(file: Path) -> Iterator[Offer]:
    """file: CLOUD/vms.csv. Lines without an instance type, a GPU or a price are left out.

    Raises: ConfigError for a file that is no such table.
    """
    with file.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        wanted = {"InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "Region"}
        if not wanted <= set(rows.fieldnames or ()):
            raise ConfigError(
                f"{file}: expected the columns {', '.join(sorted(wanted))}, found "
                f"{', '.join(rows.fieldnames or ('none',))}; set workers.usd_per_hour instead"
            )
        for row in rows:
            gpus = _number(row["AcceleratorCount"])
            if not row["InstanceType"] or not row["AcceleratorName"] or not gpus:
                continue
            yield Offer(
                cloud=file.parent.name,
                region=row["Region"] or "?",
                instance=row["InstanceType"],
                gpu=row["AcceleratorName"],
                gpus=gpus,
                usd=_number(row["Price"]),
                spot_usd=_number(row.get("SpotPrice")),
            )


def priced(workers: WorkersConfig, environ: Mapping[str, str]) -> tuple[WorkersConfig, Price]:
    """The same workers with what one costs filled in, as far as it is known."""
    found = price_of(workers, environ)
    return workers.model_copy(update={"usd_per_hour": found.usd_per_hour}), found


def usd(worker_s: float, usd_per_hour: float | None) -> float | None:
    """What so many seconds of workers cost, summed over them; None without a price."""
    return None if usd_per_hour is None else worker_s / 3600 * usd_per_hour


def money(usd: float) -> str:
    """Dollars: cents, and where these are few, two digits that count."""
    if usd >= 0.1 or usd == 0:
        return f"${usd:,.2f}"
    return f"${usd:.2g}" if usd >= 1e-4 else "less than $0.0001"


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None
