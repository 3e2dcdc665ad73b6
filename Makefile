# Two commands do everything on a fresh machine: make demo, make test.
# They need Python 3.11 or newer and make; everything else is installed into .venv from pinned versions.

PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed
BIN := $(VENV)/bin

.PHONY: demo test install check bench clean

demo: install ## import a small factory, run six weeks of events through it, and show the result
	@$(BIN)/lotone demo

test: install check ## style, types, and every test
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

check: install
	@$(BIN)/ruff check events services projections infra tests benchmarks
	@$(BIN)/mypy

bench: install ## what is measured, and how: benchmarks/README.md
	@$(BIN)/python -m benchmarks

install: $(STAMP)

$(STAMP): pyproject.toml infra/constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lotone needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "installing into $(VENV) (once; about a minute)"
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing. On Debian: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint infra/constraints.txt --editable '.[dev]'
	@touch $@

clean: ## what was installed or made here
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
