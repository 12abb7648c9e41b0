# `make demo` and `make test` need nothing but Python 3.11 or newer, git and a package index.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: help env env-dev check test demo clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/strop: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e .
	@touch $(BIN)/strop

$(VENV)/.dev: pyproject.toml $(BIN)/strop
	$(BIN)/python -m pip install --quiet --group test --group check
	@touch $(VENV)/.dev

env: $(BIN)/strop  ## environment with strop in it

env-dev: $(VENV)/.dev  ## the same with what tests and checks need

check: $(VENV)/.dev  ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: $(VENV)/.dev  ## the whole test suite
	$(BIN)/pytest -n 2

demo: $(BIN)/strop  ## a job on the bundled example: a recorded model first, then no model at all
	$(BIN)/python examples/demo.py

clean:  ## remove the environment
	rm -rf $(VENV) build *.egg-info src/*.egg-info
