"""The family of a model: what files say of it, and pictures of it to take along. Pure, but for
folders.py, which reads model folders.

claims.py    what the files of one model say of its parents
cards.py     model cards (README.md) and adapter configs
recipes.py   mergekit's and mergekit-moe's files, with the mean weight of each model
describing.py  all files of one model, put together
folders.py   model folders below a folder, without following links
pedigree.py  models and edges to show or to write; generations and cycles
words.py     what is said of models and edges
layout.py    where they stand: parents left, children right, few crossings
svg.py mermaid.py graphml.py section.py  a pedigree as a picture, a diagram, a graph, a text
"""
