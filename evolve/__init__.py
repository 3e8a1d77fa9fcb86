"""What to try next, and what is known. Never imports torch.

config.py      search.yaml as pydantic, and the digest that fixes a search
optimizers/    what to try next, behind ask() / tell()
splits.py      which items are for searching, choosing and reporting
fitness.py     one number from the outcomes of a candidate
statistics.py  intervals on items that several models have answered
selection.py   finalists, the chosen trial, the verdict
dispatch.py    jobs out to the pool, results into the ledger
driver.py      the loop, written against two protocols (Optimizer, Pool)
replay.py      an optimizer brought back to where it was, from the store
store/         the only SQL
lineage.py     which model came from which
report.py      the closing table as plain data, for the terminal, JSON and pages
export.py      the model card and the recipe of an exported model
cli/           the composition root: the only place that knows every room
"""
