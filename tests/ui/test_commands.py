"""Command lines: the right words, no shell, and failures that are seen."""

import shlex
import sys

from ui.commands import export_argv, output_of, shown


def test_the_export_is_a_list_of_words_for_this_python() -> None:
    argv = export_argv("/py", "sqlite:///a b.db", "d1", 7, "/out; rm -r /")
    assert argv == [
        *["/py", "-m", "evolve", "export", "d1", "--trial", "7"],
        *["--to", "/out; rm -r /", "--store", "sqlite:///a b.db"],
    ]


def test_a_password_never_stands_in_a_command_line() -> None:
    argv = export_argv("/py", "postgresql+psycopg://me:secret@host/evolve", "d1", 7, "/out")
    assert not any("secret" in word for word in argv)


def test_shown_commands_survive_a_shell() -> None:
    lines = shown("a b", 3, "./x y", "sqlite:///z.db").splitlines()
    assert shlex.split(lines[0]) == [
        *["evolve", "export", "a b", "--trial", "3", "--to", "./x y"],
        *["--store", "sqlite:///z.db"],
    ]
    assert lines[1:] == [
        "evolve merge recipe.yml --to './x y'",
        "mergekit-yaml recipe.yml './x y'",
    ]


def test_the_chosen_trial_and_the_default_store_need_no_words() -> None:
    assert shown("night", None, "./n", None).splitlines()[0] == "evolve export night --to ./n"


def test_output_and_errors_come_in_order_with_the_exit_code() -> None:
    code = "import sys; print('one', flush=True); print('two', file=sys.stderr); sys.exit(3)"
    assert list(output_of([sys.executable, "-c", code])) == ["one", "two", 3]


def test_a_command_that_is_not_there_says_so() -> None:
    said, code = output_of(["/no/such/python"])
    assert code == 127
    assert "/no/such/python cannot be started" in str(said)


def test_a_command_ends_when_nobody_watches() -> None:
    output = output_of([sys.executable, "-c", "print(1, flush=True); import time; time.sleep(60)"])
    assert next(output) == "1"
    output.close()
