"""The pages read: the database itself refuses them every write."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from tests.ui.test_pages import PAGES, opened
from ui import queries


def test_the_pages_engine_cannot_write(store: str) -> None:
    with queries._engine(store, queries._identity(store)).connect() as connection:
        assert connection.execute(text("select count(*) from searches")).scalar() == 3
        for write in ("delete from trials", "update searches set name = 'x'", "drop table trials"):
            with pytest.raises(DBAPIError):
                connection.execute(text(write))
            connection.rollback()


def test_looking_at_every_page_changes_no_byte(store: str) -> None:
    file = Path(str(make_url(store).database))
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    for page in PAGES:
        opened(page)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
