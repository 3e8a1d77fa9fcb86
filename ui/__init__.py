"""The pages (Streamlit): they read the store and draw; they never merge and never write.

app.py      entry: `streamlit run ui/app.py`; gate.py  who may enter
views/      a page each; not `pages/`, which Streamlit would serve without app.py
page.py     the frame of a page about one search; choosing.py, picking.py  which one, which trial
queries.py  what they read, read only; columns.py, genes.py  of very many trials a few bytes each
figures.py  every figure, from rows to Plotly; charts/  a family each; palette.py  colours
tables.py   rows -> pandas frames; formats.py  numbers and other people's text -> text for people
states.py   empty, silent and broken: what is said instead of a page
commands.py command lines to copy and to start; detached.py  those that outlive the page

Parts of pages:
  Searches     controls.py, bests.py, comparing.py
  New search   new_sources.py, new_search.py, checking.py, plan_words.py
  Live         phases.py, at_work.py
  Trials       filters.py, filter_bar.py, samples.py, importance.py, trial_*.py,
               parallel.py with parallel.js and parallel.css
  Family tree  family.py, tree.py, tree_*.py, model_panel.py
  Recipe       recipe_*.py, gene_words.py
  Export       export_wish.py
html_report/   `evolve report --html`: one file, by the same figures
"""
