"""The only SQL: tables, what is written, what is read.

tables.py      the tables
migrations/    Alembic, one file per schema version
connecting.py  engines; opening.py  a database with its schema brought up to date
lease.py       one driver per search; wishing.py  what somebody asks of it
away.py        a database that is away for a moment
writing.py     what the driver writes, fenced by the search's epoch; ids.py  ids it gives
turn.py        what one turn of it writes, in one transaction
recording.py   outcomes into their table, whole or part by part
rows.py        what is read, as frozen rows
reading.py     what the driver, the command line and the pages read; glances.py  of searches
               with very many trials; querying.py  how they ask
family.py      the family tree in parts; importing.py  models that files name
packing.py     outcomes of many items in few bytes, and which items were seen
texts.py       what items say, in few bytes
"""

from evolve.store.opening import open_engine
from evolve.store.reading import Reader
from evolve.store.rows import AttemptRow, ModelRow, SearchRow, TrialRow
from evolve.store.writing import Ledger, NewTrial

__all__ = [
    "AttemptRow",
    "Ledger",
    "ModelRow",
    "NewTrial",
    "Reader",
    "SearchRow",
    "TrialRow",
    "open_engine",
]
