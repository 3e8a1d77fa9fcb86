"""Where a model is written: a folder, or a URL by way of a folder of this machine."""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evolve.cli.demo import cache_folder
from evolve.cli.remote import check_target, is_url, local_path, upload_folder, without_secrets
from workers.whole_folder import scratch_folder


@dataclass(frozen=True)
class Place:
    """folder: to write into; shown: what it is called from then on, a path or a URL; replace: may
    there be an older export in `folder`?
    """

    folder: Path
    shown: str
    replace: bool


@contextmanager
def written_to(to: Path | str, *, replace: bool) -> Iterator[Place]:
    """A place for one model folder. At a URL it appears when the block ends well, last of all the
    files that make it whole.

    Raises: ConfigError for a place that cannot be written, or is taken; EvolveError.
    """
    text = str(to)
    if not is_url(text):
        folder = local_path(text)
        yield Place(folder, str(folder), replace)
        return
    check_target(text, replace=replace)
    shown = without_secrets(text).rstrip("/")
    key = hashlib.blake2b(shown.encode(), digest_size=8).hexdigest()
    scratch = cache_folder().absolute() / "exports" / key
    with scratch_folder(scratch) as temporary:
        place = Place(temporary / shown.rpartition("/")[2], shown, False)
        yield place
        print(f"evolve: uploading to {shown}", file=sys.stderr)
        upload_folder(place.folder, text)
