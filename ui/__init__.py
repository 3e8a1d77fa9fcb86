"""The pages (Streamlit): they read the store and draw; they never merge and never write.

app.py          entry: `streamlit run ui/app.py`; navigation, and what a missing store looks like
gate.py         who may enter: anybody on loopback, else whoever logs in and is on the list
views/          searches, one search, the family tree, export: a file each; not `pages/`, which
                Streamlit would serve without app.py until that has run once
search_tabs.py  the tabs of one search: scores, trials, recipe
queries.py      what the pages read, read only and cached until a search changes
tables.py       rows -> pandas frames
figures.py      rows -> Plotly: scores, tasks, genes
tree.py         which models of the family tree are shown, and where; pure
tree_figure.py  the family tree -> Plotly
formats.py      numbers and other people's text -> text for people
commands.py     command lines to copy, and the one that a page runs
choosing.py     which search a page is about: ?search= or a select box
states.py       empty, silent and broken: what is said instead of a page
palette.py      colours and marker shapes, the same on every chart
"""
