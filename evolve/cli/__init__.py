"""The command line, and the composition root: the only place that knows every room.

app.py        the commands and their options
options.py    options that several commands share
score_command.py, inspect_command.py   the options of these two
finding.py    the database and the search that a command means
printing.py   tables for people, JSON for programs
searches.py   a search file opened: parents, tasks, space, store
tasks.py      the tasks that a search file names, groups expanded
planning.py   what `evolve plan` finds
plan_tables.py   how it is shown
gene_table.py    genes, many of them family by family
before_run.py, before_limits.py   what `evolve run` says, and refuses, before it starts
driving.py    a search driven to its end: what is said around it
control_command.py   `evolve pause`, `stop`, `resume`; controlling.py  a wish left in the store
resuming.py   a search opened as the store has it
running.py    what `evolve run` does; signals.py  what it does when it is told to end
plan_cost.py  what a search will cost, as far as that is known
launch_command.py, launching.py   `evolve launch`; submitting.py  hands a search over
supervising.py   a search that is started again after every pause
exporting.py  a trial to a model folder; merging.py  a recipe
places.py     where it is written: a folder, or a URL; remote.py  by fsspec
hub_names.py  names on the Hugging Face hub, each at one commit
scoring.py    what `evolve score` does
logs.py       events: JSON lines in a file, warnings on the terminal; remote_log.py  at a URL
watching.py   progress on a terminal, and plain lines elsewhere
telling.py    what is said around the tables
tables.py     results as tables
front_table.py   the Pareto front
demo.py       the demo: models in the cache, the search beside the user
pages.py      starts the Streamlit pages
"""


def main() -> None:
    """The entry point of the command `evolve`."""
    from evolve.cli.app import run_app

    run_app()
