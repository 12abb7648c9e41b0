# `make demo` and `make test` need nothing but Python 3.11 or newer, git and a package index.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: help env env-dev check test demo clean aa power pace traces cheats cost leaks hostile kmodule faults tracing

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

# What strop says of itself: docs/measurement.md has the results. BACKEND is bubblewrap, docker or process.
BACKEND ?= bubblewrap
SELF = $(BIN)/python -m strop.benchmarks.self

aa: $(BIN)/strop  ## 200 live comparisons of identical code: how many are claimed? (three hours)
	$(SELF).live --comparisons 200 --backend $(BACKEND)

power: $(BIN)/strop  ## 100 live comparisons of code with 10 % less work, and clear cases (an hour and a half)
	$(SELF).live --power 100 --backend $(BACKEND)

pace: $(BIN)/strop  ## what one CPU and its pace take off the noise of pairs
	$(SELF).pace

traces: $(BIN)/strop  ## records runs, then replays strop's rule and others' on them
	$(SELF).traces record --minutes 14 traces.json
	$(SELF).traces evaluate traces.json

cheats: $(BIN)/strop  ## adversarial candidates that must not be claimed, honest ones that must
	$(SELF).cheats --backend $(BACKEND)

cost: $(BIN)/strop  ## what a trial costs beside the bare commands
	$(SELF).cost

leaks: $(BIN)/strop  ## 500 trials, a tenth of them hostile: what is left?
	$(SELF).leaks

hostile: $(BIN)/strop  ## behaviours that a sandbox has to contain, as a table
	$(BIN)/strop doctor --hostile

kmodule: $(BIN)/strop  ## does a trace say which part to change?
	$(SELF).kmodule

faults: $(BIN)/strop  ## does a trial's trace name the function at fault?
	$(SELF).faults --backend $(BACKEND)

tracing: $(BIN)/strop  ## what tracing costs
	$(SELF).tracing

clean:  ## remove the environment
	rm -rf $(VENV) build *.egg-info src/*.egg-info
