"""Starts the Streamlit pages: on the loopback interface, or shared with those who may log in."""

import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import ui
from evolve.visitors import allow_list, is_loopback
from search_spaces.errors import ConfigError

LOOPBACK = "127.0.0.1"
_ALLOW, _SECRETS = "EVOLVE_UI_ALLOW", "EVOLVE_UI_SECRETS"
_PROVIDER = ("client_id", "client_secret", "server_metadata_url")
_SHORTEST = 32  # characters of the secret that signs cookies
_EXAMPLE = """\
[auth]
redirect_uri = "https://evolve.example.org/oauth2callback"
cookie_secret = "..."  # python -c 'import secrets; print(secrets.token_hex(32))'
client_id = "..."
client_secret = "..."
server_metadata_url = "https://accounts.example.org/.well-known/openid-configuration\""""


def serve(store: str, port: int, host: str = LOOPBACK, allow: Sequence[str] = ()) -> NoReturn:
    """Becomes the Streamlit process, so that ending this command ends the pages.

    Privacy and look are in ui/.streamlit/config.toml. allow: who may see pages that others can
    reach; $EVOLVE_UI_ALLOW if empty.

    Raises: ConfigError for a host that others can reach without a log-in for those on the list.
    """
    app = Path(ui.__file__).parent / "app.py"
    command = [sys.executable, "-m", "streamlit", "run", str(app)]
    command += [f"--server.port={port}", f"--server.address={host}"]
    # Without the last one, files of this folder that are named like modules would be run.
    changes = {"EVOLVE_STORE": store, "PYTHONSAFEPATH": "1"}
    shared = allow or _ALLOW in os.environ or not is_loopback(host)
    if shared:
        listed = allow_list(allow or [os.environ.get(_ALLOW, "")])
        secrets = _login(host, listed)
        command.append(f"--secrets.files={secrets}")
        changes[_ALLOW] = ",".join(sorted(listed))
    where = f"[{host}]" if ":" in host else host
    whom = f", for {len(changes[_ALLOW].split(','))} on the allow list" if shared else ""
    print(f"Pages on http://{where}:{port}{whom} (Ctrl-C ends them)", flush=True)
    os.execve(sys.executable, command, {**os.environ, **changes})  # noqa: S606


def _login(host: str, allow: frozenset[str]) -> Path:
    """The file with the log-in's configuration. Raises: ConfigError for all that is missing."""
    if not allow:
        raise ConfigError(
            f"--host {host}: other machines could see the pages, and the allow list is empty, "
            f"which refuses everybody; give --allow ann@example.org, --allow @example.org or "
            f"${_ALLOW}, or leave --host out"
        )
    missing = [name for name in ("authlib", "httpx") if find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"--host {host}: the log-in needs {' and '.join(missing)}; "
            "pip install 'evolve-merge[ui-login]'"
        )
    file = _secrets_file()
    if file is None:
        raise ConfigError(
            f"--host {host}: other machines could see the pages, so a log-in (OpenID Connect) is "
            f"needed; write .streamlit/secrets.toml, or name another file in ${_SECRETS}:\n"
            f"{_EXAMPLE}"
        )
    wrong = _wrong(_auth(file))
    if wrong:
        raise ConfigError("\n".join(f"{file}: [auth]: {problem}" for problem in wrong))
    return file.absolute()


def _secrets_file() -> Path | None:
    named = os.environ.get(_SECRETS)
    if named:
        return Path(named).expanduser()
    places = [Path.cwd(), Path.home()]
    found = [place / ".streamlit" / "secrets.toml" for place in places]
    return next((file for file in found if file.is_file()), None)


def _auth(file: Path) -> Mapping[str, Any]:
    try:
        with file.open("rb") as handle:
            data = tomllib.load(handle)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):  # its text would show what it holds
        raise ConfigError(f"{file}: not valid TOML") from None
    found = data.get("auth")
    return found if isinstance(found, dict) else {}


def _wrong(auth: Mapping[str, Any]) -> list[str]:
    """What is missing, without a value of what is there."""
    problems = [
        f"'{key}' is missing" for key in ("redirect_uri", "cookie_secret") if not auth.get(key)
    ]
    providers = {k: v for k, v in auth.items() if isinstance(v, dict) and k != "client_kwargs"}
    for name, found in providers.items() if "client_id" not in auth else [("", auth)]:
        where = f"{name}: " if name else ""
        problems += [f"{where}'{key}' is missing" for key in _PROVIDER if not found.get(key)]
    if "client_id" not in auth and not providers:
        problems += [f"'{key}' is missing" for key in _PROVIDER]
    secret, address = (
        str(auth.get("cookie_secret", "")),
        urlsplit(str(auth.get("redirect_uri", ""))),
    )
    if 0 < len(secret) < _SHORTEST:
        problems.append(
            f"cookie_secret: expected at least {_SHORTEST} characters, found {len(secret)}; "
            "python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    if address.scheme == "http" and not is_loopback(address.hostname):
        problems.append(
            "redirect_uri: expected https:// (a proxy in front may hold the certificate), found "
            "http://, by which everybody on the way could read the log-in"
        )
    return problems
