"""What to try next, and what is known. Never imports torch.

config.py      search.yaml as pydantic, and the digest that fixes a search; blocks.py  its blocks
setup.py       what fixes a search, opened
optimizers/    what to try next, behind ask() / tell()
splits.py      which items are for searching, choosing and reporting; item_texts.py  what they say
fitness.py     one number from the outcomes of a candidate
statistics.py  intervals on items that several models have answered
racing.py      which items of a candidate are scored before it is known to be worse
               (paired.py, sequential.py: by a test; forecast.py, irt.py: by an item-response
               model; estimate.py: what its score is told to be)
track.py       a race in a search's own words: tasks and item numbers
sheet.py       what one trial answered, filled in part by part
dispatch.py    jobs out to the pool, results into the ledger; deadlines.py  when one is hung
halving.py     the closing selection on validation items
ablations.py   the winner without one parent or one gene; attribution.py  how that is told
selection.py   the verdict on report items
contamination.py  whether a parent seems to know a benchmark
units.py       in what a task counts in the average
signed.py      how a difference is written
progress.py    a moment of a search, for whoever watches
driver.py      the phases of a search, written against two protocols (Optimizer, Pool)
rounds.py      what every phase does: trials into the store and through the workers
starts.py      what is scored first; earlier.py  winners of earlier searches; learning.py  descent
asking.py      asks, scores and tells; stopping.py  until when
meter.py       time and money: what is used and still needed; pricing.py  what a worker costs;
               closing_time.py, earlier_pace.py  how long what comes after the last trial takes
validation.py  which recipe is chosen; closing.py  the end of a search
objectives.py  what is maximized where that is more than an average; objective_words.py  in words
front.py       the Pareto front of a search; pareto.py  fronts, volumes, knees
suggestion.py  from what parents changed to a space; segments.py  a sequence cut where it changes
replay.py      an optimizer brought back to where it was, from the store
visitors.py    who may see shared pages; masking.py, visible.py  text of others as it may be shown
sinks/         where a search is also told about: Prometheus, MLflow, Weights & Biases
launch/        a search as a SkyPilot task, a KubeRay or Ray job
store/         the only SQL
lineage.py     which model came from which
report.py      the closing table as plain data, for the terminal, JSON and pages
recipe_words.py   a recipe in words; layer_weights.py  its numbers, layer by layer
differences.py    which items one model answers right and another does not
manager_words.py  a verdict in words for whoever decides; amounts.py  its numbers
export.py      the model card and the recipe of an exported model
cli/           the composition root: the only place that knows every room
"""
