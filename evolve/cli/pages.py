"""Starts the Streamlit pages on the loopback interface."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import ui


def serve(store: str, port: int) -> NoReturn:
    """Becomes the Streamlit process, so that ending this command ends the pages.

    Address, privacy and look are in ui/.streamlit/config.toml.
    """
    app = Path(ui.__file__).parent / "app.py"
    command = [sys.executable, "-m", "streamlit", "run", str(app), f"--server.port={port}"]
    print(f"Pages on http://127.0.0.1:{port} (Ctrl-C ends them)", flush=True)
    # Without the last one, files of this folder that are named like modules would be run.
    changes = {"EVOLVE_STORE": store, "PYTHONSAFEPATH": "1"}
    os.execve(sys.executable, command, {**os.environ, **changes})  # noqa: S606
