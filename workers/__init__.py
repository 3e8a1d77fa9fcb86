"""Recipe -> candidate -> score. torch lives here; nothing here touches the database.

parents.py      open, verify and fingerprint checkpoints: headers only, no torch
trust.py        what a checkpoint may bring that could run: refused, with the way out
hub.py          models of the Hugging Face hub, by name and commit; hub_words.py  its errors
lora.py         LoRA adapters: header checks, and the base with the adapter added
methods/        the merge methods: pure functions on tensors
materialize.py  one recipe, all tensors, written in place into the resident model
writer.py       one recipe to a folder of safetensors, shard by shard
shards.py       its files; whole_folder.py  a folder that appears only when it is whole
vocabulary.py   the vocabulary of a merge of models that differ in theirs
alignment.py    their embeddings, row by row
tokenizer_files.py  tokenizers: read, joined, written
chat_templates.py   chat templates by name
moe.py          a mixture of experts from dense models
experts.py      its models, opened and checked; gates.py  its gates
inspecting.py   what parents changed, measured; spectrum.py  signal and noise by singular values
descent.py      weights learnt by gradient descent; unlabelled.py  its prompts and losses
candidate.py    the resident model that every recipe is written into; depth.py  its layers
task_files.py   reads task YAML, without lm-eval; task_index.py  finds it by a task's name
task_groups.py  what the name of a group or tag stands for
task_loading.py builds lm-eval's task objects as lm-eval does
task_metrics.py from lm-eval's results of an item to numbers
tasks.py        every item's requests, and what its answers are worth
describing.py   what an item says, for people to read
probing.py      a benchmark's own order against others, for the hint of contamination
assemble.py     one recipe as a model in memory; measure.py  and what it scores on whole tasks
scoring.py      the batched scorer
weights.py      a parent's tensors, resident or read from disk
worker.py       parents, tasks and candidate of one worker, and what it does with a job
pool.py         the pool of Ray actors that hands out jobs
demo/           the demo family: real data, real training
"""
