# What can be done here. Only make and a Python from 3.10 to 3.13 are needed:
# everything is installed into .venv, on first use and when pyproject.toml changes.

VENV := .venv
BIN := $(VENV)/bin
MELTANO := .venv-meltano
ARGS ?=

.NOTPARALLEL:
.PHONY: help demo test test-meltano lint format docs drift faults bench soak clean

help:  ## show this
	@awk -F ':.*  ## ' '/^[a-z-]+:.*  ## /{printf "%-13s%s\n", $$1, $$2}' Makefile

demo: $(VENV)/demo.done  ## read a made-up account into DuckDB and CSV, and look at it
	@$(BIN)/python demo/demo.py $(ARGS)

test: $(VENV)/test.done  ## run the tests; ARGS="-k name" for some of them
	$(BIN)/python -m pytest $(ARGS)

test-meltano: $(VENV)/test.done $(MELTANO)/done  ## run the tests with the real Meltano
	$(BIN)/python -m pytest -m meltano tests/meltano $(ARGS)

lint: $(VENV)/lint.done  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/lint.done  ## put the style right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/lint.done  ## write the generated pages and tables; ARGS=--check only compares
	$(BIN)/python tools/docs.py $(ARGS)

drift: $(VENV)/test.done  ## count the rows that ways of reading lose in a list that moves
	$(BIN)/python tools/drift.py $(ARGS)

faults: $(VENV)/test.done  ## read an account whose server fails in every way
	$(BIN)/python tools/faults.py $(ARGS)

bench: $(VENV)/test.done  ## measure speed and requests
	$(BIN)/python tools/bench.py $(ARGS)

soak: $(VENV)/test.done  ## let 200,000 requests meet 2 % of faults: nothing lost, memory flat
	$(BIN)/python tools/soak.py $(ARGS)

clean:  ## remove what was made here
	rm -rf $(VENV) $(MELTANO) .demo build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache

# of its own, since it wants other packages; in another version it may do otherwise
$(MELTANO)/done: Makefile
	$(BIN)/python -m venv --clear $(MELTANO)
	$(MELTANO)/bin/python -m pip install --quiet --disable-pip-version-check meltano==4.4.1
	@touch $@

$(VENV)/demo.done: EXTRAS = sandbox,demo
$(VENV)/test.done: EXTRAS = test
$(VENV)/lint.done: EXTRAS = lint

$(VENV)/%.done: pyproject.toml tools/venv.sh
	@tools/venv.sh $(VENV) $(EXTRAS)
	@touch $@
