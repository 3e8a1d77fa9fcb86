"""The parity suite: `make parity` holds `evolve merge` against mergekit 0.1.5.

run.py        the whole suite
grid.py       reads the recipes: grid.yaml, random.yaml (DARE, DELLA), known.yaml
models.py     random models of each architecture
families.py   which models a run needs, and the recipes over each
jobs.py       one recipe over one family: written as YAML, merged by mergekit and by Evolve
oracle.py     runs inside mergekit's environment: many recipes in one process
compare.py    distances in units in the last place
choices.py    where a tie decides what a method chooses
judge.py      a deterministic recipe held against mergekit's result
draws.py      random methods: kept fraction, ranks, expectation, exactness
reference.py  the task-vector family in float64, given the masks
known.py      what differs on purpose, shown
table.py      what was found, as tables
fixtures.py   the small part that `make test` holds
"""
