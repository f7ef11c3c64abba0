# The two commands of the README are `make demo` and `make test`; `make` alone lists the rest.
# Windows has no make: the README shows the steps of the first as PowerShell lines.
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
DEMO := demo
MONTH := 2026-12
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-header --no-emit-index-url --no-annotate --no-strip-extras $(UPGRADE)
BACKEND = $(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])'
PYTHONS := $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3)

.DEFAULT_GOAL := help
.PHONY: help demo install test format lint types imports pytest test-long coverage catalogs tables pictures lock upgrade \
	test-lowest clean

help:  ## list what make can do
	@awk -F ':.*##' '/^[a-z-]+:.*##/ { printf "make %-12s%s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.installed  ## set up, and run the main job on sample_data/ into demo/
	$(BIN)/old-partners run --elders sample_data/elders.csv --volunteers sample_data/volunteers.csv \
		--previous sample_data/previous.csv --pins sample_data/pins.csv --never sample_data/never.csv \
		--settings sample_data/settings.toml --month $(MONTH) --past --out $(DEMO) --force

install: $(VENV)/.installed  ## set up .venv with the installed project

test: $(VENV)/.tested  ## set up, and run every check; all faults in one go
	@$(MAKE) --no-print-directory --keep-going lint types imports pytest

lint: $(VENV)/.tested
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.tested
	$(BIN)/mypy
	$(BIN)/mypy --platform win32  # what the standard library lacks elsewhere

imports: $(VENV)/.tested
	$(BIN)/lint-imports

pytest: $(VENV)/.tested
	$(BIN)/python -m pytest -n auto --dist worksteal

test-long: $(VENV)/.tested  ## run the long tests too, with every random case
	LONG_TESTS=1 $(BIN)/python -m pytest -n auto --dist worksteal

coverage: $(VENV)/.tested  ## run the tests with what they cover, and hold it to the floor; takes twice as long
	LONG_TESTS=1 $(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term

format: $(VENV)/.tested  ## put the source in order
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

catalogs: $(VENV)/.tested  ## take new texts into the catalogs and compile them
	$(BIN)/python -m tools.catalogs

tables: $(VENV)/.tested  ## write the tables of docs/ anew
	$(BIN)/python -m tools.tables

pictures: $(VENV)/.tested  ## take the README's pictures anew
	$(BIN)/python -m tools.pictures

lock: $(BIN)/uv  ## pin with hashes what setup.cfg asks for; pins that serve stay
	@$(BACKEND) | $(COMPILE) --extra test setup.cfg - --output-file requirements-test.txt
	@$(BACKEND) | $(COMPILE) --constraint requirements-test.txt setup.cfg - --output-file requirements.txt

upgrade: UPGRADE := --upgrade
upgrade: lock  ## pin the newest versions

test-lowest: $(BIN)/uv  ## run the tests with the oldest versions that setup.cfg allows
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python build/lowest
	$(BIN)/uv pip install --quiet --python build/lowest --resolution lowest-direct --editable '.[test]'
	build/lowest/bin/python -m pytest -n auto --dist worksteal

clean:  ## remove .venv and everything made
	rm -rf $(VENV) $(DEMO) build dist *.egg-info .coverage* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# The first interpreter that is new enough and can make virtual environments.
$(VENV)/bin/python:
	@for python in $(PYTHONS); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		found=$$python; \
		"$$python" -c 'import ensurepip, venv' 2>/dev/null || continue; \
		echo "Making $(VENV) with $$("$$python" --version)"; \
		exec "$$python" -m venv $(VENV); \
	done; \
	if [ -n "$$found" ]; then \
		echo "$$found can't make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv" >&2; \
	else \
		echo "Python 3.11 or newer is needed. Install it, or name one: make demo PYTHON=/path/to/python3.11" >&2; \
	fi; exit 1

# Stamps: nothing is installed anew while these files stand as they were. What others made is installed by its hash, and
# never built here: a build would fetch tools without one. The project itself is built by the backend that is pinned.
$(VENV)/.installed: $(VENV)/bin/python setup.cfg pyproject.toml requirements.txt
	@echo "Installing the project"
	@$(PIP) install --require-hashes --only-binary :all: --requirement requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed requirements-test.txt
	@echo "Installing what the tests need"
	@$(PIP) install --require-hashes --only-binary :all: --requirement requirements-test.txt
	@# the report page is tried in a browser: where Debian's can be had without asking, it is; elsewhere those tests are skipped
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get install -y --no-install-recommends chromium >/dev/null 2>&1; } || \
		echo "Chromium is not installed: the report page is not tried in a browser" >&2
	@touch $@

$(BIN)/uv: | $(VENV)/bin/python
	@$(PIP) install uv
