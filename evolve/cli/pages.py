"""Starts the Streamlit pages on the loopback interface."""

import os
import subprocess
import sys
from pathlib import Path

import ui


def serve(store: str, port: int) -> None:
    """Runs Streamlit until it is interrupted."""
    app = Path(ui.__file__).parent / "app.py"
    command = [sys.executable, "-m", "streamlit", "run", str(app)]
    flags = {
        "server.address": "127.0.0.1",
        "server.port": str(port),
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    command += [f"--{name}={value}" for name, value in flags.items()]
    print(f"Pages on http://127.0.0.1:{port} (Ctrl-C ends them)", flush=True)
    raise SystemExit(
        subprocess.run(command, env={**os.environ, "EVOLVE_STORE": store}, check=False).returncode
    )
