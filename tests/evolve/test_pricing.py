"""What a worker costs, and that a price is never made up. The files have the form of SkyPilot's
catalogue (v8); their prices are for this test.
"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.blocks import WorkersConfig
from evolve.pricing import cheapest, offers, price_of, priced, read_offers, usd
from search_spaces.errors import ConfigError

HEAD = (
    "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo,SpotPrice"
)
LAMBDA = """
cpu_4x_general,,,4.0,16.0,0.2,us-east-1,,
gpu_8x_h100_sxm5,H100,8.0,208.0,1800.0,24.0,us-east-1,"{'Gpus': [{'Name': 'H100'}]}",
gpu_1x_h100_pcie,H100,1.0,26.0,225.0,3.5,us-west-3,"{'Gpus': [{'Name': 'H100'}]}",
gpu_1x_a10,A10,1.0,30.0,226.0,0.75,us-west-1,"{'Gpus': [{'Name': 'A10'}]}",
"""
AWS = """
p5.48xlarge,H100,8.0,192.0,2048.0,40.0,us-east-1,,16.0
p5.48xlarge,H100,8.0,192.0,2048.0,44.0,eu-west-1,,14.0
p5.4xlarge,H100,1.0,16.0,256.0,,us-east-1,,2.5
"""
GCP = """
,H100,8.0,,,1.0,us-central1,,0.5
a3-highgpu-8g,,,208.0,1872.0,10.0,us-central1,,
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for version, texts in [("v5", {"aws": AWS.replace("40.0", "1.0")}), ("v10", None)]:
        for cloud, text in (texts or {"lambda": LAMBDA, "aws": AWS, "gcp": GCP}).items():
            folder = tmp_path / ".sky" / "catalogs" / version / cloud
            folder.mkdir(parents=True)
            (folder / "vms.csv").write_text(HEAD + text)
    return tmp_path


def of(home: Path, environ: dict[str, str] | None = None, **workers: object) -> tuple[float, str]:
    """(price, source); -1 for a price that is not known."""
    found = price_of(WorkersConfig(**workers), {"SKY_RUNTIME_DIR": str(home)} | (environ or {}))
    return -1 if found.usd_per_hour is None else found.usd_per_hour, found.source


def test_the_search_file_comes_first(home: Path) -> None:
    assert of(home, usd_per_hour=9.0, gpu="H100") == (
        9.0,
        "workers.usd_per_hour of the search file",
    )


@pytest.mark.parametrize(
    ("workers", "environ", "price", "source"),
    [
        ({"gpu": "H100"}, {}, 3.0, "lowest on-demand price of all clouds: 1 x H100 at $3.00 in"),
        ({"gpu": "h100"}, {}, 3.0, "gpu_8x_h100_sxm5 (lambda, us-east-1)"),
        ({"gpu": "H100", "gpus_per_worker": 2}, {}, 6.0, "2 x H100"),
        ({"gpu": "H100", "gpus_per_worker": 0.25}, {}, 0.75, "0.25 x H100"),
        ({"gpu": "H100"}, {"EVOLVE_CLOUD": "aws"}, 5.0, "price of aws"),
        ({"gpu": "H100"}, {"EVOLVE_SPOT": "1"}, 1.75, "lowest spot price"),
        ({"gpu": "H100"}, {"EVOLVE_SPOT": "0"}, 3.0, "on-demand"),
        ({"gpu": "A10"}, {}, 0.75, "gpu_1x_a10"),
    ],
)
def test_the_lowest_price_per_gpu_and_where_it_is_from(
    home: Path, workers: dict[str, object], environ: dict[str, str], price: float, source: str
) -> None:
    found = of(home, environ, **workers)
    assert found[0] == pytest.approx(price)
    assert source in found[1]


@pytest.mark.parametrize(
    ("workers", "environ", "why"),
    [
        ({}, {}, "set workers.usd_per_hour, or workers.gpu"),
        ({"gpu": "B200"}, {}, "no on-demand price for 'B200'"),
        ({"gpu": "A10"}, {"EVOLVE_SPOT": "1"}, "no spot price for 'A10'"),
        ({"gpu": "A10", "gpus_per_worker": 2}, {}, "no on-demand price"),
        ({"gpu": "H100"}, {"EVOLVE_CLOUD": "gcp"}, "no on-demand price for 'H100' of gcp"),
        ({"gpu": "H100"}, {"SKY_RUNTIME_DIR": "/nowhere"}, "keeps no catalogue under /nowhere"),
    ],
)
def test_a_price_that_is_not_known_is_said_so(
    home: Path, workers: dict[str, object], environ: dict[str, str], why: str
) -> None:
    price, source = of(home, environ, **workers)
    assert price == -1
    assert why in source
    assert source.startswith("not known")


def test_lines_that_name_no_machine_are_left_out(home: Path) -> None:
    found = list(offers(home / ".sky" / "catalogs"))
    assert {o.cloud for o in found} == {"aws", "lambda"}
    assert {o.gpu for o in found} == {"H100", "A10"}
    assert [o.usd for o in found if o.instance == "p5.4xlarge"] == [None]


def test_another_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "vms.csv"
    file.write_text("name,cost\nx,1\n")
    with pytest.raises(ConfigError, match=r"expected the columns .* found name, cost"):
        list(read_offers(file))
    assert cheapest([], "H100").usd_per_hour is None


def test_workers_with_their_price(home: Path) -> None:
    workers, price = priced(WorkersConfig(gpu="H100"), {"SKY_RUNTIME_DIR": str(home)})
    assert (workers.usd_per_hour, workers.gpu) == (price.usd_per_hour, "H100")


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(1, 64)), max_size=9), st.floats(0.01, 99))
def test_dollars_add_up_while_workers_come_and_go(
    times: list[tuple[float, int]], price: float
) -> None:
    parts = sum(usd(seconds * count, price) or 0.0 for seconds, count in times)
    assert usd(sum(s * c for s, c in times), price) == pytest.approx(parts)
    assert usd(3600, None) is None
