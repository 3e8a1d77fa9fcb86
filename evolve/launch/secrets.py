"""Which secrets a search needs where it runs, by name: their values go through the environment."""

from collections.abc import Collection

from evolve.config import SearchConfig

STORE = "EVOLVE_STORE"
_HUB = ("HF_TOKEN",)
_WANDB = ("WANDB_API_KEY",)
_MLFLOW = ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
_BUCKETS = {
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    "abfs": ("AZURE_STORAGE_CONNECTION_STRING",),
    "az": ("AZURE_STORAGE_CONNECTION_STRING",),
}


def secret_names(
    config: SearchConfig, urls: Collection[str], here: Collection[str]
) -> tuple[str, ...]:
    """The database always; of the others those that this search can use and that are set here.

    urls: where exports and logs go; here: names of the environment variables that are set.
    """
    wanted = list(_HUB)
    if config.sinks.wandb is not None:
        wanted += _WANDB
    if config.sinks.mlflow is not None:
        wanted += _MLFLOW
    for url in urls:
        wanted += _BUCKETS.get(url.partition("://")[0], ())
    return (STORE, *(name for name in dict.fromkeys(wanted) if name in here))
