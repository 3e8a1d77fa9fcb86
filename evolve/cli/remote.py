"""Folders and files at a URL (s3://, gs://, sftp:// ...), by fsspec.

An object store has no folders to rename, so what is uploaded becomes a model with its last file:
until then there is no config.json, and a marker says whose half upload it is.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from search_spaces.errors import ConfigError, EvolveError
from search_spaces.faults import reach
from workers.whole_folder import foreign

MARKER = ".evolve-upload.json"
_LAST = ("README.md", "config.json", "front.json")  # in this order: they say that it is whole
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs"}
_CONNECT_S = 5.0


def is_url(text: str) -> bool:
    """Is it anywhere but in the local file system?"""
    return "://" in text and not text.startswith(("file://", "local://"))


def local_path(text: str) -> Path:
    """A path, or a URL file://, as an absolute path."""
    for prefix in ("file://", "local://"):
        text = text.removeprefix(prefix)
    return Path(text).expanduser().absolute()


def without_secrets(url: str) -> str:
    """A URL as it may be printed and stored: without user, password and query."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


def open_place(url: str) -> tuple[Any, str]:
    """(fsspec's file system, the path in it without a slash at its end).

    Raises: ConfigError for a scheme that is not known or not installed.
    """
    import fsspec

    shown = without_secrets(url)
    scheme = url.partition("://")[0]
    options: dict[str, Any] = {}
    if _EXTRAS.get(scheme) == "s3":  # botocore waits and retries for minutes else
        options["config_kwargs"] = {
            "connect_timeout": _CONNECT_S,
            "retries": {"max_attempts": 2, "mode": "standard"},
        }
    try:
        place, path = fsspec.core.url_to_fs(url, **options)
    except ImportError as error:
        extra = _EXTRAS.get(scheme)
        how = f"pip install 'evolve-merge[{extra}]'" if extra else str(error)
        raise ConfigError(f"{shown}: {scheme}:// needs one more package: {how}") from None
    except ValueError as error:
        raise ConfigError(
            f"{shown}: {error}. Known are s3://, gs://, file:// and what else fsspec knows"
        ) from None
    return place, str(path).rstrip("/")


def check_target(url: str, *, replace: bool) -> None:
    """Before hours of work: can it be reached, and is nothing there but a half upload?

    Raises: ConfigError.
    """
    place, path = open_place(url)
    with said(url):
        found = _names(place, path)
    if found and MARKER not in found and not replace:
        raise ConfigError(
            f"{without_secrets(url)}: is not empty ({found[0]}); give a new place with --to, or "
            "replace an older export with --replace"
        )
    strange = foreign(found) if found and MARKER not in found else None
    if strange is not None:
        raise ConfigError(
            f"{without_secrets(url)}: --replace takes away older exports only, and this {strange}"
        )


def upload_folder(
    folder: Path, url: str, report: Callable[[int, int], None] = lambda done, total: None
) -> list[str]:
    """Copies a folder to `url`, what makes it whole last, and takes away what else lies there;
    returns the names. Repeated after an interruption, it leaves out files that had arrived.

    report: files done, of how many.

    Raises: EvolveError when it cannot be written; what has arrived stays, with the marker.
    """
    place, path = open_place(url)
    files = {f.relative_to(folder).as_posix(): f for f in folder.rglob("*") if f.is_file()}
    body = sorted(name for name in files if not _rank(name)[0])
    last = sorted(set(files) - set(body), key=_rank)
    with said(url):
        sums = {name: _digest(files[name]) for name in body}
        there = set(_names(place, path))
        before = _arrived(place, path) if MARKER in there else {}
        arrived = {n: s for n, s in before.items() if sums.get(n) == s and n in there}
        if not set(_EXTRAS) & _protocols(place):  # these would make a bucket
            place.makedirs(path, exist_ok=True)
        _mark(place, path, arrived)  # from here on, it is a half upload for whoever looks
        for name in sorted(there - set(body) - {MARKER}, key=_rank, reverse=True):
            place.rm_file(f"{path}/{name}")
        for done, name in enumerate(body):
            if name not in arrived or _lacks(place, f"{path}/{name}", files[name]):
                place.put_file(str(files[name]), f"{path}/{name}")
                arrived[name] = sums[name]
                _mark(place, path, arrived)
            report(done + 1, len(files))
        reach("export.uploading")
        for done, name in enumerate(last, len(body)):
            place.put_file(str(files[name]), f"{path}/{name}")
            report(done + 1, len(files))
        place.rm_file(f"{path}/{MARKER}")
    return sorted(files)


def put_file(file: Path, url: str) -> None:
    """One file to `url`, in place of what is there. Raises: EvolveError, ConfigError."""
    place, path = open_place(url)
    with said(url):
        place.put_file(str(file), path)


def get_file(url: str, file: Path) -> bool:
    """`url` to a local file; False where there is none. Raises: EvolveError, ConfigError."""
    place, path = open_place(url)
    with said(url):
        place.invalidate_cache()
        if not place.exists(path):
            return False
        with place.open(path, "rb") as source, file.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    return True


@contextmanager
def said(url: str) -> Iterator[None]:
    """What a store's client raises, as one clear error that repeats no secret."""
    try:
        yield
    except EvolveError:
        raise
    except Exception as error:
        shown, kind = without_secrets(url), type(error).__name__
        if isinstance(error, FileNotFoundError):
            text = "no such bucket or folder; make it first"
        elif isinstance(error, PermissionError) or "Credentials" in kind:
            text = (
                "access is denied; give credentials of the store as its own tools take them "
                "(AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or gcloud auth)"
            )
        else:
            text = f"cannot be reached or written ({kind}); the same command tries again"
        raise EvolveError(f"{shown}: {text}") from None


def _protocols(place: Any) -> set[str]:
    known = place.protocol
    return {known} if isinstance(known, str) else set(known)


def _names(place: Any, path: str) -> list[str]:
    """All files below a path, relative to it."""
    place.invalidate_cache()
    try:
        found = place.find(path)
    except FileNotFoundError:
        place.ls(path.partition("/")[0])  # no such bucket, and not just an empty place in it
        return []
    start = path.lstrip("/") + "/"
    names = (str(name).lstrip("/") for name in found)
    return sorted(name.removeprefix(start) for name in names if name.startswith(start))


def _rank(name: str) -> tuple[int, str]:
    """Weights and small files first; then what says that a folder is a model, or a front."""
    last = name.rpartition("/")[2]
    return (_LAST.index(last) + 1 if last in _LAST else 0, name)


def _digest(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _mark(place: Any, path: str, arrived: dict[str, str]) -> None:
    place.pipe_file(f"{path}/{MARKER}", json.dumps({"arrived": arrived}).encode())


def _arrived(place: Any, path: str) -> dict[str, str]:
    """What an interrupted upload had brought there: name -> sha256."""
    try:
        found = json.loads(place.cat_file(f"{path}/{MARKER}"))["arrived"]
        return {str(name): str(digest) for name, digest in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _lacks(place: Any, path: str, file: Path) -> bool:
    """Is it not there, or not whole?"""
    return bool(place.info(path)["size"] != file.stat().st_size)
