"""The command line, and the composition root: the only place that knows every room.

app.py        the commands and their options
searches.py   a search file opened: parents, tasks, space, store
tasks.py      the tasks that a search file names, groups expanded
planning.py   what `evolve plan` finds
running.py    what `evolve run` does
exporting.py  a recipe or a trial to a model folder
scoring.py    what `evolve score` does
logs.py       events: JSON lines in a file, warnings on the terminal
watching.py   progress on a terminal, and plain lines elsewhere
telling.py    what is said around the tables
tables.py     results as tables
demo.py       the demo: models in the cache, the search beside the user
pages.py      starts the Streamlit pages
"""


def main() -> None:
    """The entry point of the command `evolve`."""
    from evolve.cli.app import run_app

    run_app()
