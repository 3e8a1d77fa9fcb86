"""A log at a URL. An object store cannot append, so the events are kept in a local file, which is
uploaded whole every half minute and at the end; a store that is away stops nothing.
"""

import hashlib
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from evolve.cli.demo import cache_folder
from evolve.cli.remote import get_file, open_place, put_file, without_secrets
from search_spaces.errors import EvolveError

EVERY_S = 30.0
LAST_S = 2.0  # the machine may be taken away: the last upload has no more time


class RemoteLog:
    """Takes lines, as a file does. What an earlier process has left at the URL stays before them.

    say: gets one sentence if the URL cannot be written; every_s: from upload to upload, longer
    where an upload takes long.

    Raises: ConfigError for a URL whose kind is not known or not installed.
    """

    def __init__(self, url: str, say: Callable[[str], None], every_s: float = EVERY_S) -> None:
        open_place(url)
        self._url = url
        self._say = say
        key = hashlib.blake2b(url.encode(), digest_size=6).hexdigest()
        folder = cache_folder().absolute() / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / f"{key}-{os.getpid()}-{secrets.token_hex(3)}.jsonl"
        self._handle = self.file.open("w", encoding="utf-8")
        self._lines = threading.Lock()  # whoever writes lines, or looks at what there is
        self._sending = threading.Lock()
        self._stop = threading.Event()
        self._joined = False  # with what was at the URL before
        self._sent = -1  # bytes
        self._failed = False
        self._thread = threading.Thread(target=self._send_often, args=(every_s,), daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """text: one whole line, or several."""
        with self._lines:
            self._handle.write(text)

    def flush(self) -> None:
        """To the local file, which outlives this process."""
        with self._lines:
            self._handle.flush()

    def close(self, limit_s: float = LAST_S) -> None:
        """Uploads what is new, for at most so long; the local file stays if that fails."""
        self._stop.set()
        last = threading.Thread(target=self._send, daemon=True)
        last.start()
        last.join(limit_s)
        with self._lines:
            self._handle.close()
            done = not last.is_alive() and self._sent == self.file.stat().st_size
        if done:
            self.file.unlink()
        else:
            self._complain("the last events are not there")

    def _send_often(self, every_s: float) -> None:
        wait = every_s
        while not self._stop.wait(wait):
            began = time.monotonic()
            self._send()
            wait = max(every_s, 20 * (time.monotonic() - began))

    def _send(self) -> None:
        """One upload at a time, of whole lines."""
        copy = self.file.with_suffix(f".{threading.get_ident()}.part")
        try:
            with self._sending:
                self._join_earlier(copy)
                with self._lines:
                    if self._handle.closed:
                        return
                    self._handle.flush()
                    size = self.file.stat().st_size
                    if size == self._sent:
                        return
                    shutil.copyfile(self.file, copy)
                put_file(copy, self._url)
                self._sent = size
        except (EvolveError, OSError) as error:
            self._complain(str(error))
        finally:
            copy.unlink(missing_ok=True)

    def _join_earlier(self, copy: Path) -> None:
        """What an earlier process has uploaded is put before this one's lines, once."""
        if self._joined:
            return
        if get_file(self._url, copy):
            with self._lines:
                if self._handle.closed:
                    return
                self._handle.close()
                with copy.open("ab") as joined, self.file.open("rb") as own:
                    shutil.copyfileobj(own, joined)
                copy.replace(self.file)
                self._handle = self.file.open("a", encoding="utf-8")
            self._sent = -1
        self._joined = True

    def _complain(self, why: str) -> None:
        if not self._failed:
            self._failed = True
            shown = without_secrets(self._url)
            why = why.removeprefix(f"{shown}: ")
            self._say(f"log {shown}: {why}; the search goes on, its events are in {self.file}")
