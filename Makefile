# The commands of this project; `make help` lists them. You need make and a Python from
# 3.10 to 3.13. Everything else is installed into .venv, on first use and when
# pyproject.toml changes.

VENV := .venv
BIN := $(VENV)/bin
DBT := .venv-dbt
MELTANO := .venv-meltano
PARALLEL := --numprocesses auto --dist worksteal
ARGS ?=

# dbt and the page read this DuckDB, which `meltano run moco-to-duckdb` loads. For
# PostgreSQL, see transform/profiles.yml.
export DBT_DUCKDB_PATH ?= $(CURDIR)/moco.duckdb
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

.NOTPARALLEL:
.PHONY: help demo transform report test test-meltano test-transform lint format docs drift windows idle faults bench soak targets plugin deploy image test-image drift-schema dist reference privacy site accounts clean

help:  ## show this
	@awk -F ':.*  ## ' '/^[a-z-]+:.*  ## /{printf "%-15s%s\n", $$1, $$2}' Makefile

demo: $(VENV)/demo.done $(DBT)/dbt.done  ## read a made-up account into DuckDB and CSV, and show it
	@$(BIN)/python demo/demo.py $(ARGS)

transform: $(DBT)/dbt.done  ## build the dbt models on moco.duckdb
	cd transform && ../$(DBT)/bin/dbt build --exclude-resource-type unit_test $(ARGS)

report: transform  ## build the dbt models, and a page of charts: report.html
	cd transform && ../$(DBT)/bin/python -m report --output ../report.html

test-transform: $(VENV)/test.done $(DBT)/dbt.done $(MELTANO)/meltano.done  ## run the tests of the dbt project and of the page
	$(BIN)/python -m pytest $(PARALLEL) --dist loadfile transform/checks $(ARGS)

test: $(VENV)/test.done  ## run the tests; ARGS="-k name" for some of them
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

test-meltano: $(VENV)/test.done $(MELTANO)/meltano.done  ## run the tests with the real Meltano
	$(BIN)/python -m pytest -m meltano tests/meltano $(ARGS)

lint: $(VENV)/lint.done  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/lint.done  ## fix the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/lint.done  ## write the generated pages and tables; ARGS=--check only compares
	$(BIN)/python -m tools.docs $(ARGS)

drift: $(VENV)/test.done  ## count the rows that other ways of reading lose in a list that moves
	$(BIN)/python -m tools.drift $(ARGS)

windows: $(VENV)/test.done  ## count the requests that proving lists in windows and parts takes
	$(BIN)/python -m tools.windows $(ARGS)

idle: $(VENV)/test.done  ## count the requests of runs in which little changes, and what they notice
	$(BIN)/python -m tools.idle

faults: $(VENV)/test.done  ## read an account from a server that fails in every way
	$(BIN)/python -m tools.faults $(ARGS)

bench: $(VENV)/test.done  ## measure speed and requests
	$(BIN)/python -m tools.bench $(ARGS)

soak: $(VENV)/test.done  ## send 200,000 requests of which 2 % fail: no row lost, no memory growth
	$(BIN)/python -m tools.soak $(ARGS)

targets: $(VENV)/test.done  ## load an account into each target; ARGS=--check only compares
	@$(BIN)/python -m tests.targets $(ARGS)

plugin: $(VENV)/lint.done  ## write the plugin definition for Meltano; ARGS=--check compares
	$(BIN)/python -m tools.plugin $(ARGS)

deploy: $(VENV)/test.done $(VENV)/site.done $(MELTANO)/meltano.done  ## install Meltano, Dagster and Airflow, and test with them
	$(BIN)/python -m pytest -m installs tests/deploy $(ARGS)

image:  ## build the images with podman
	tools/image.sh

test-image: $(VENV)/test.done image  ## run what is in the images as the compose file does
	$(BIN)/python -m pytest -m image tests/deploy $(ARGS)

drift-schema: $(VENV)/lint.done  ## compare the schemas with MOCO's document; ARGS=file or address
	@$(BIN)/python -m tools.drift_schema $(ARGS)

dist: $(VENV)/test.done  ## build the wheel, the source distribution and the SBOM
	tools/dist.sh

reference: $(VENV)/lint.done  ## write the stream reference and entities; ARGS=--check compares
	$(BIN)/python -m tools.reference $(ARGS)

privacy: $(VENV)/lint.done  ## write the stream maps that leave people out; ARGS=--check compares
	$(BIN)/python -m tools.privacy $(ARGS)

site: $(VENV)/site.done docs/assets/mermaid.min.js  ## build the docs site into site/
	$(BIN)/python -m mkdocs build --strict $(ARGS)

accounts: $(VENV)/test.done  ## measure what one account needs of a machine
	@$(BIN)/python -m tests.targets.accounts

# Without npm, the site loads this script from another server.
docs/assets/mermaid.min.js:
	-npm pack --silent --pack-destination .targets mermaid@11.12.0 && \
	    tar -x -O -f .targets/mermaid-11.12.0.tgz package/dist/mermaid.min.js >$@

clean:  ## remove everything that these commands made
	rm -rf $(VENV) $(DBT) $(MELTANO) .demo .targets site build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache

$(VENV)/demo.done: EXTRAS = sandbox,webhooks,demo
$(VENV)/test.done: EXTRAS = test
$(VENV)/lint.done: EXTRAS = lint
$(VENV)/site.done: EXTRAS = site

$(DBT)/dbt.done: transform/requirements.txt tools/venv.sh
	@tools/venv.sh $(DBT) -r transform/requirements.txt
	@touch $@

$(MELTANO)/meltano.done: transform/checks/meltano.txt tools/venv.sh
	@tools/venv.sh $(MELTANO) -r transform/checks/meltano.txt
	@touch $@

$(VENV)/%.done: pyproject.toml tools/venv.sh
	@tools/venv.sh $(VENV) $(EXTRAS)
	@touch $@
