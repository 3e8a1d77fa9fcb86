"""What may be merged, as pure data: numpy, pydantic and yaml; never torch, ray or sql.

errors.py      the one tree of errors, split by what the caller should do
methods.py     the parameters of every merge method: scope, default, natural bounds
recipe.py      Recipe <-> mergekit YAML, canonical form, digest
values.py      scalars, lists over layers, conditions on names
tokenizer.py   the `tokenizer:` block of a recipe
moe.py         recipes of mixtures of experts
model_names.py base+adapter, names on the Hugging Face hub, relative paths
files.py       text, seed and checks that all recipe files share
reading.py     YAML and JSON of others, limited in size and depth
problems.py    what pydantic found wrong, in words; suggest.py  the nearest known word
resolve.py     the value of a parameter for one tensor of one layer
space.py       genes and Space: the unit cube <-> natural values
parameters.py  the parameter space: a point of it is a Recipe
space_config.py  its block of a search file; layer_groups.py  groups, edges and knots
gene_names.py  names of genes, the patterns that pick them; genes.py  what is searched
points.py      a point of it as a recipe; nearest.py  the point nearest to a sum of task vectors
dataflow.py    the data-flow space: a point of it is a path through the parents' layers
residual.py    the tensors by which a layer adds to the residual stream
genome_space.py  mergekit-evolve's genome; genome_config.py  its block of a search file
evolve_config.py a mergekit-evolve YAML as a search; evolve_remarks.py  what that adds
spaces.py      the kinds of spaces, and the one place that opens them
profile.py     what parents changed: sums over tensors, per layer and kind
sameness.py    whether two recipes are one merge, written differently
ablations.py   a recipe with one thing taken out: a parent, or what a gene does
references.py  the recipes every search is held against: base, parents, plain merges
messages.py    what travels between the driver and the workers
presets/       ready search files
"""
