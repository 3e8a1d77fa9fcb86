"""The demo family: a small Llama and specialists fine-tuned from it, on real sentences.

data/       the sentences, with their attribution
data.py     reads them, and writes them as lm-eval tasks
recipes.py  how base and specialists are trained: steps, rates, what they read
train.py    the training loop, the model and its tokenizer
family.py   builds the whole family into a folder, once
"""
