"""A model folder that appears only when it is whole, beside or in place of an older one.

It is written under a hidden name in the same place and renamed at the end. Its writer holds a lock
on it, which the system drops when the process dies: what a dead one left is cleaned up by the next
that writes to the same place.
"""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from search_spaces.errors import ConfigError, EvolveError
from search_spaces.faults import reach

_FULL = (errno.ENOSPC, errno.EDQUOT)
_RECIPES = ("mergekit_config.yml", "mergekit_moe_config.yml", "front.json")
_OURS = (".safetensors", ".json", ".yml", ".jinja", ".model", ".txt")
_SPARE_BYTES = 1 << 20  # configuration, card, and what a file system needs for itself


@contextmanager
def whole_folder(folder: Path, *, replace: bool = False) -> Iterator[Path]:
    """A hidden folder beside `folder`, which gets its name when the block ends well, and is
    removed otherwise. replace: an older export there stays whole until then.

    Raises: ConfigError when `folder` exists, is not empty and may not be replaced; EvolveError
    when the disk is full.
    """
    folder = folder.resolve()  # through a link, which then names what is new
    check_free(folder, replace=replace)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _clean_up(folder)
        check_free(folder, replace=replace)  # an older one may have been put back
        partial, lock = _new(folder)
    except OSError as error:
        raise _refused(folder, error) from None
    try:
        try:
            yield partial
            _sync(partial)
            _swap(partial, folder, replace)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise disk_full(folder, written=_size(partial)) from None
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    finally:
        if lock is not None:
            os.close(lock)


@contextmanager
def scratch_folder(folder: Path) -> Iterator[Path]:
    """A hidden folder beside `folder` for what is on its way elsewhere; removed at the end, or by
    the next that is made there.

    Raises: EvolveError when the disk is full.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _clean_up(folder)
        partial, lock = _new(folder)
    except OSError as error:
        raise _refused(folder, error) from None
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def foreign(names: Iterable[str]) -> str | None:
    """What says that files are not, or not only, an export; None for one that may be replaced.

    names: relative to their folder.
    """
    names = sorted(names)
    if not set(names) & set(_RECIPES):
        return f"holds none of {', '.join(_RECIPES)}"
    for name in names:
        *folders, last = name.split("/")
        known = all(f == "additional_chat_templates" or f.startswith("trial-") for f in folders)
        if not known or (last != "README.md" and not last.endswith(_OURS)):
            return f"holds '{name}', which no export writes"
    return None


def check_free(folder: Path, *, replace: bool) -> None:
    """Raises: ConfigError when `folder` holds something that an export may not replace."""
    if not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not replace:
        raise ConfigError(
            f"{folder}: exists and is not empty; give a new folder with --to, or replace an older "
            "export with --replace"
        )
    inside = (f.relative_to(folder).as_posix() for f in folder.rglob("*") if not f.is_dir())
    found = "is a file" if not folder.is_dir() else foreign(inside)
    if found is not None:
        raise ConfigError(f"{folder}: --replace takes away older exports only, and this {found}")


def check_room(place: Path, needed: int, folder: Path | None = None) -> None:
    """place: on the disk that is written to; needed: bytes; folder: what it will be called.

    Raises: EvolveError with how much is needed and free.
    """
    if needed + _SPARE_BYTES > shutil.disk_usage(place).free:
        raise disk_full(folder or place, needed=needed)


def disk_full(folder: Path, *, needed: int = 0, written: int = 0) -> EvolveError:
    """needed: bytes of the whole model, where that is why; written: before the disk was full."""
    free = shutil.disk_usage(next(p for p in (folder, *folder.parents) if p.exists())).free
    if needed:
        what = f"the model needs {_shown(needed)}, and {_shown(free)} are free on that disk"
    else:
        what = (
            f"the disk became full after {_shown(written)} of the model, of which it needs more "
            f"than {_shown(free + written)}"
        )
    return EvolveError(
        f"{folder}: {what}. Nothing was left there and an older export is as it was; free some, "
        "or give another place with --to"
    )


def _new(folder: Path) -> tuple[Path, int | None]:
    """(a hidden folder, a lock on it that ends with this process); none where the file system
    knows no locks.
    """
    for last in (False, False, True):
        partial = Path(tempfile.mkdtemp(prefix=_prefix(folder, "partial"), dir=folder.parent))
        lock = _locked(partial)
        if last or (lock is not None and partial.is_dir()):
            break
        if lock is not None:  # somebody took it for a dead one's, before it was locked
            os.close(lock)
        shutil.rmtree(partial, ignore_errors=True)
    partial.chmod(0o755)
    return partial, lock


def _clean_up(folder: Path) -> None:
    """What dead processes left: half-written folders; an older export that was being swapped."""
    for left in sorted(folder.parent.iterdir()):
        partial = left.name.startswith(_prefix(folder, "partial"))
        old = left.name.startswith(_prefix(folder, "old"))
        if not (partial or old) or left.is_symlink() or not left.is_dir():
            continue
        lock = _locked(left)
        if lock is None:
            continue  # of a living process, or nobody can know
        if old and not os.path.lexists(folder):
            left.rename(folder)
        else:
            shutil.rmtree(left, ignore_errors=True)
        os.close(lock)


def _swap(partial: Path, folder: Path, replace: bool) -> None:
    """Two renames on one file system; dead between them, the next writer puts the old one back."""
    check_free(folder, replace=replace)
    if not folder.exists() or not any(folder.iterdir()):
        partial.rename(folder)  # also onto an empty folder
        return
    lock = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        old = Path(tempfile.mkdtemp(prefix=_prefix(folder, "old"), dir=folder.parent))
        folder.rename(old)
        reach("export.swapping")
        try:
            partial.rename(folder)
        except BaseException:
            old.rename(folder)
            raise
        shutil.rmtree(old, ignore_errors=True)
    finally:
        os.close(lock)


def _locked(folder: Path) -> int | None:
    """A descriptor that holds its lock; None where another process has it, it is gone, or the
    file system knows no locks.
    """
    try:
        lock = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _prefix(folder: Path, kind: str) -> str:
    return f".{folder.name}.{kind}-"


def _sync(folder: Path) -> None:
    """To the disk, before the name says that it is there."""
    for file in folder.rglob("*"):
        if file.is_file():
            handle = os.open(file, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _refused(folder: Path, error: OSError) -> EvolveError:
    if error.errno in _FULL:
        return disk_full(folder)
    return ConfigError(f"{folder}: cannot be written there: {error.strerror}; give another --to")


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _shown(size: int) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 1e8 else f"{size / 1e6:.2f} MB"
