"""Shared pages: only whoever has logged in and is on the list sees anything."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from evolve.visitors import allow_list, is_loopback, may_enter
from search_spaces.errors import ConfigError

PUBLIC = "0.0.0.0"  # noqa: S104 - nothing is bound: it is refused
APP = Path(__file__).parents[2] / "ui" / "app.py"
ANN = {"is_logged_in": True, "email": "ann@example.org", "email_verified": True}
AUTH = """\
[auth]
redirect_uri = "https://pages.example.org/oauth2callback"
cookie_secret = "planted-cookie-secret-of-36-letters-"
client_id = "evolve"
client_secret = "planted-client-secret"
server_metadata_url = "https://id.example.org/.well-known/openid-configuration"
"""


def opened(user: dict[str, Any] | None = None, page: str | None = None) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30)
    if user is not None:
        app.user = user
    app.run()
    if page is not None:
        app.switch_page(f"views/{page}.py").run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    """All that is on the page."""
    return "\n".join(str(getattr(e, "value", "")) for e in app.main) + str(app.main)


@pytest.mark.parametrize(
    ("user", "allow", "enters"),
    [
        (ANN, "ann@example.org", True),
        (ANN, "ANN@Example.org", True),
        (ANN | {"email": "Ann@EXAMPLE.org"}, "ann@example.org", True),
        (ANN, "@example.org", True),
        (ANN, "bob@example.org, @other.org\nann@example.org", True),
        (ANN | {"email_verified": "true"}, "@example.org", True),
        ({k: v for k, v in ANN.items() if k != "email_verified"}, "@example.org", True),
        (ANN, "", False),
        (ANN, "bob@example.org", False),
        (ANN, "@sub.example.org", False),
        (ANN | {"email": "ann@sub.example.org"}, "@example.org", False),
        (ANN | {"email": "ann@example.org.evil.org"}, "@example.org", False),
        (ANN | {"email": "ann@evil.org@example.org"}, "@example.org", False),
        (ANN | {"email": "@example.org"}, "@example.org", False),
        (ANN | {"email": " ann@example.org"}, "ann@example.org", False),
        (ANN | {"email": "ann@example.org\n"}, "ann@example.org", False),
        (ANN | {"email": None}, "@example.org", False),
        (ANN | {"email": ["ann@example.org"]}, "ann@example.org", False),
        (ANN | {"email_verified": False}, "ann@example.org", False),
        (ANN | {"email_verified": "false"}, "ann@example.org", False),
        (ANN | {"email_verified": 0}, "ann@example.org", False),
        (ANN | {"is_logged_in": False}, "ann@example.org", False),
        (ANN | {"is_logged_in": "yes"}, "ann@example.org", False),
        ({"email": "ann@example.org"}, "ann@example.org", False),
        ({}, "@example.org", False),
    ],
)
def test_who_may_enter(user: dict[str, Any], allow: str, enters: bool) -> None:
    assert may_enter(user, allow_list([allow])) is enters


@pytest.mark.parametrize(
    "wrong", ["*", "*@example.org", "example.org", "ann@", "@", "a b@", "ann@localhost", "a@b@c.d"]
)
def test_a_list_with_a_mistake_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigError, match="expected an address"):
        allow_list(["ann@example.org", wrong])


def test_a_list_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "allow.txt"
    file.write_text("# who\nann@example.org  # the first\n\n@other.org\n")
    assert allow_list([str(file), "x@y.org"]) == {"ann@example.org", "@other.org", "x@y.org"}
    with pytest.raises(ConfigError, match="cannot be read"):
        allow_list([str(tmp_path / "none")])


def test_only_loopback_is_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost")))
    shared = (PUBLIC, "::", "10.0.0.1", "", "example.org", "localhost.evil.org", "127.0.0.1.x")
    assert not any(map(is_loopback, (*shared, None)))


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("page", [None, "new", "live", "tree", "export"])
@pytest.mark.parametrize(
    "user",
    [ANN | {"email": "eve@evil.org"}, {"is_logged_in": False}, {}],
    ids=["not on the list", "not logged in", "no log-in set up"],
)
def test_whoever_may_not_enter_sees_no_data(
    monkeypatch: pytest.MonkeyPatch, user: dict[str, Any], page: str | None
) -> None:
    monkeypatch.setenv("EVOLVE_UI_ALLOW", "ann@example.org")
    app = opened(user, page)
    shown = texts(app)
    assert not any(word in shown for word in ("reasoning", "night", "maths", "arithmetic"))
    assert not [*app.dataframe, *app.selectbox, *app.code, *app.metric]
    assert len(app.title) == 1
    if user.get("email"):
        assert app.title[0].value == "No access"
        assert "is not on the list" in app.warning[0].value
        assert [b.label for b in app.button] == ["Log out"]


@pytest.mark.usefixtures("store")
def test_whoever_is_on_the_list_sees_the_pages_and_a_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EVOLVE_UI_ALLOW", "@example.org")
    app = opened(ANN)
    assert app.dataframe[0].value["name"].tolist() == ["night", "reasoning-again", "reasoning"]
    assert any(b.label == "Log out" for b in app.button)


@pytest.mark.usefixtures("store")
def test_shared_pages_write_nothing_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVOLVE_UI_ALLOW", "@example.org")
    app = opened(ANN, "export")
    assert not app.text_input
    assert [b.label for b in app.button] == ["Log out"]
    assert "evolve export" in "\n".join(c.value for c in app.code)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("allow", ["", "* , nonsense"])
def test_an_empty_or_damaged_list_lets_nobody_in(
    monkeypatch: pytest.MonkeyPatch, allow: str
) -> None:
    monkeypatch.setenv("EVOLVE_UI_ALLOW", allow)
    assert opened(ANN).title[0].value == "No access"


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("address", [PUBLIC, None])
def test_streamlit_started_by_hand_on_a_public_address_shows_nothing(address: str | None) -> None:
    config.set_option("server.address", address)
    app = opened({})
    assert app.title[0].value == "No access"
    assert "no log-in is set up" in app.warning[0].value


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home and working directory."""
    monkeypatch.setenv("HOME", str(tmp_path))
    yield tmp_path


def ui(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`evolve ui`, which must not start."""
    return subprocess.run(
        [sys.executable, "-m", "evolve", "ui", *words],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def with_login(folder: Path, text: str = AUTH) -> None:
    (folder / ".streamlit").mkdir(exist_ok=True)
    (folder / ".streamlit" / "secrets.toml").write_text(text)


def test_a_public_address_without_an_allow_list_is_refused(folder: Path) -> None:
    done = ui(folder, "--host", PUBLIC)
    assert done.returncode == 2
    assert "the allow list is empty, which refuses everybody" in done.stderr
    assert ui(folder, "--host", "::", EVOLVE_UI_ALLOW="").returncode == 2


def test_a_public_address_without_a_login_is_refused_with_what_is_needed(folder: Path) -> None:
    done = ui(folder, "--host", PUBLIC, "--allow", "ann@example.org")
    assert done.returncode == 2
    assert "a log-in (OpenID Connect) is needed" in done.stderr
    assert "server_metadata_url" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("client_id", "klient_id", "'client_id' is missing"),
        ("cookie_secret", "kookie", "'cookie_secret' is missing"),
        ("planted-cookie-secret-of-36-letters-", "short", "expected at least 32 characters"),
        ("https://pages", "http://pages", "expected https://"),
        ("[auth]", "[auth", "not valid TOML"),
    ],
)
def test_a_login_that_is_not_whole_is_refused_without_its_secrets(
    folder: Path, old: str, new: str, words: str
) -> None:
    with_login(folder, AUTH.replace(old, new, 1))
    done = ui(folder, "--host", PUBLIC, "--allow", "ann@example.org")
    assert done.returncode == 2
    assert words in done.stderr
    assert "planted" not in done.stderr + done.stdout
