"""Text for people: nothing that others wrote becomes markup."""

import pytest

from ui.formats import duration, file_name, for_plotly, interval, plain, score, shortened


def test_markdown_in_a_name_is_shown_as_it_is() -> None:
    assert plain("a*b_[c](d)") == r"a\*b\_\[c\]\(d\)"
    assert plain("<b>$x$") == r"\<b\>\$x\$"


def test_a_colon_cannot_open_a_directive_or_an_emoji() -> None:
    assert ":red[" not in plain(":red[x]")
    assert ":smile:" not in plain(":smile:")


def test_a_line_break_cannot_open_a_block() -> None:
    assert plain("a\n# b") == r"a \# b"


def test_tags_in_a_name_do_not_reach_a_chart() -> None:
    assert for_plotly("<a href='x'>y</a>") == "&lt;a href='x'&gt;y&lt;/a&gt;"


def test_a_cut_name_is_cut_before_it_is_escaped() -> None:
    assert for_plotly("<" * 40, 3) == "&lt;…&lt;"


def test_shortened_keeps_both_ends() -> None:
    assert shortened("abcdefghij", 5) == "ab…ij"
    assert shortened("abc", 5) == "abc"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "—"),
        (0.2, "0 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (7_260, "2 h 1 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_duration_shows_the_two_largest_units(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


def test_what_is_not_known_is_a_dash() -> None:
    assert score(None) == "—"
    assert interval(None) == "—"


def test_a_file_name_holds_no_path() -> None:
    assert file_name("../../a b/c") == "a-b-c"
    assert file_name("///") == "recipe"
