"""A whole log-in: `evolve ui` as users start it, a browser's steps, a provider on loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.ui.oidc_provider import Provider

ANN = {"email": "ann@example.org", "email_verified": True}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    server = Provider()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def pages(
    provider: Provider, filled_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Their address."""
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    (home / ".streamlit").mkdir()
    (home / ".streamlit" / "secrets.toml").write_text(
        f'[auth]\nredirect_uri = "{url}/oauth2callback"\ncookie_secret = "{"s" * 40}"\n'
        'client_id = "evolve"\nclient_secret = "secret-of-the-client"\n'
        f'server_metadata_url = "{provider.url}/.well-known/openid-configuration"\n'
    )
    said = home / "said"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "evolve", "ui", "--port", str(port), "--allow", "@example.org"],
            env={**os.environ, "HOME": str(home), "EVOLVE_STORE": filled_url},
            cwd=home,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(url, said)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _wait(url: str, said: Path) -> None:
    for _ in range(600):
        try:
            if httpx.get(f"{url}/_stcore/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(said.read_text())


def visit(pages: str, browser: httpx.Client, press: str | None = None) -> tuple[str, str | None]:
    """(all that a browser is sent, where it is sent to log in). press: a button's label."""
    browser.get(f"{pages}/_stcore/host-config").raise_for_status()
    browser.get(f"{pages}/_stcore/health").raise_for_status()
    token = browser.cookies["_streamlit_xsrf"]
    cookies = "; ".join(f"{c.name}={c.value}" for c in browser.cookies.jar)
    address = pages.replace("http", "ws") + "/_stcore/stream"
    headers = {"Cookie": cookies} if cookies else {}
    shown, target = "", None
    with connect(
        address,
        origin=pages,  # type: ignore[arg-type]
        subprotocols=["streamlit", token],  # type: ignore[list-item]
        additional_headers=headers,
        max_size=None,
    ) as socket_:
        message = BackMsg()
        message.rerun_script.query_string = ""
        socket_.send(message.SerializeToString())
        pressed = False
        while True:
            found = ForwardMsg()
            found.ParseFromString(bytes(socket_.recv(timeout=60)))  # type: ignore[arg-type]
            shown += str(found)
            button = found.delta.new_element.button
            if press is not None and button.label == press and not pressed:
                message = BackMsg()
                state = message.rerun_script.widget_states.widgets.add()
                state.id, state.trigger_value, pressed = button.id, True, True
                socket_.send(message.SerializeToString())
            if found.HasField("auth_redirect"):
                return shown, found.auth_redirect.url
            if found.WhichOneof("type") == "script_finished" and (press is None or not pressed):
                return shown, target


def logged_in(pages: str, browser: httpx.Client) -> None:
    _, target = visit(pages, browser, press="Log in")
    assert target is not None
    assert browser.get(f"{pages}{target}" if target.startswith("/") else target).status_code == 200


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(follow_redirects=True, timeout=60) as client:
        yield client


def test_before_the_log_in_there_is_only_the_log_in(pages: str, browser: httpx.Client) -> None:
    shown, _ = visit(pages, browser)
    assert "These pages are shared" in shown
    assert "reasoning" not in shown


def test_whoever_is_on_the_list_logs_in_and_sees_the_searches(
    pages: str, provider: Provider, browser: httpx.Client
) -> None:
    provider.claims = ANN
    logged_in(pages, browser)
    shown, _ = visit(pages, browser)
    assert "Each search looks for the best merge" in shown
    assert "Click a line to see what can be done" in shown
    assert "No access" not in shown


@pytest.mark.parametrize(
    "claims",
    [ANN | {"email": "eve@evil.org"}, ANN | {"email_verified": False}, {}],
    ids=["not on the list", "not verified", "no address"],
)
def test_whoever_is_not_sees_the_refusal_alone(
    pages: str, provider: Provider, browser: httpx.Client, claims: dict[str, object]
) -> None:
    provider.claims = claims
    logged_in(pages, browser)
    shown, _ = visit(pages, browser)
    assert "No access" in shown
    assert "is not on the list" in shown
    assert "Click a line" not in shown


def test_a_cookie_that_was_not_signed_here_is_no_log_in(
    pages: str, provider: Provider, browser: httpx.Client
) -> None:
    provider.claims = ANN
    logged_in(pages, browser)
    (name, value) = next((c.name, c.value or "") for c in browser.cookies.jar if "user" in c.name)
    with httpx.Client() as other:
        changed = value[:-4] + ("AAAA" if value[-4:] != "AAAA" else "BBBB")
        other.cookies.set(name, changed, domain="127.0.0.1")
        shown, _ = visit(pages, other)
    assert "These pages are shared" in shown
    assert "Click a line" not in shown
