# make demo      set up, simulate one trial two hundred times, write a report
# make test      set up, run every check except the slow tests
# make test-all  the same with the slow tests
# make page      compile the model, for Python and for browsers: what travels in the wheel (ten seconds)
# make docs-page the page among the docs: docs/axis.html, as they are released (not in git: it is made)
# make browser   a Chromium for the tests of the page, from the system's packages where one may
# make baseline  renew the frozen results: make baseline WHY="which numbers moved, and why"
# make calibrate draw worlds that meet the targets anew, and docs/calibration.md (most of an hour on two cores; goes on when stopped)
# make mutants   put small faults into the code and see whether the tests notice (an hour)
# make docs      write pictures and numbers of the pages anew (minutes; runs the demo)
# make test-lowest, make test-newest   the quick tests with the lowest and the newest versions allowed
# make bench     time the engine beside other simulators, bring docs/benchmarks.md up to date
# make setup     prepare .venv from uv.lock (each of the above does it first)
# make clean     remove what the above made

SHELL := /bin/sh
.DELETE_ON_ERROR:
.PHONY: help setup demo docs docs-page page browser test test-all test-lowest test-newest check baseline mutants bench clean

BIN := .venv/bin
READY := .venv/.ready
TRIAL := six-strain-children

# Whatever a command keeps between runs stays inside the checkout.
export JAX_COMPILATION_CACHE_DIR := $(CURDIR)/.cache/jax
export GUTSKIN_CACHE_DIR := $(CURDIR)/.cache/gutskin
export MPLCONFIGDIR := $(CURDIR)/.cache/matplotlib
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/.cache/hypothesis

help:
	@sed -n 's/^# make /make /p' Makefile

setup: $(READY)
	@echo "set-up: .venv is ready"

# The stamp holds the path of the checkout: a moved or copied checkout is set up anew.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

# Started from / because pyenv's python3 obeys the .python-version of the current folder.
$(READY): pyproject.toml uv.lock .python-version scripts/set_up.py
	@here="$$(pwd)"; cd / && for python in python3 /usr/bin/python3 /usr/local/bin/python3; do \
	  if "$$python" -c "" 2>/dev/null; then exec "$$python" "$$here/scripts/set_up.py"; fi; \
	done; echo "set-up: no python3 runs here; install one" >&2; exit 1
	@pwd > $(READY)

demo: $(READY)
	@echo "demo: two hundred replicates of the trial $(TRIAL)"
	@$(BIN)/gutskin trial $(TRIAL) --replicates 200 --report --out out/$(TRIAL) --overwrite

docs: demo docs-page
	@echo "docs: pictures";  $(BIN)/python scripts/draw_axis.py
	@$(BIN)/python scripts/draw_axis.py --demo out/$(TRIAL)/report.html
	@echo "docs: numbers";   $(BIN)/python scripts/write_numbers.py

# What is released of the docs has the page in it.
docs-page: $(READY)
	@$(BIN)/gutskin page --out docs/axis.html

check: $(READY)
	@echo "test: ruff format";   $(BIN)/ruff format --check --quiet
	@echo "test: ruff check";    $(BIN)/ruff check --quiet
	@echo "test: pyright";       $(BIN)/basedpyright
	@echo "test: tsc";           $(BIN)/python scripts/check_javascript.py
	@echo "test: lint-imports";  $(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter
	@echo "test: gutskin model check"; $(BIN)/gutskin model check

# Two workers, one thread each (linear algebra; jax), so that they do not fight over the cores.
# Tests of one file stay with one worker, which makes what they share once, until the other is idle.
test test-all: export OMP_NUM_THREADS := 1
test test-all: export NPROC := 1

test: check
	@echo "test: pytest without the slow tests"
	@$(BIN)/pytest -q -n 2 --dist worksteal -m "not slow"

test-all: check
	@echo "test: pytest"
	@$(BIN)/pytest -q -n 2 --dist worksteal

browser:
	@python3 scripts/bring_browser.py

page: $(READY)
	@$(BIN)/python scripts/ship_page.py

# Frozen results move when the model does, and so does its page.
baseline: page
	@$(BIN)/python tests/baseline/frozen.py "$(WHY)"

# One thread of linear algebra: worlds are what goes side by side.
calibrate: export OMP_NUM_THREADS := 1
calibrate: $(READY)
	@$(BIN)/python scripts/calibrate.py

mutants: $(READY)
	@$(BIN)/python tests/mutation/run.py $(MUTANTS)

# In an environment of its own; uv.lock is not asked. TESTS narrows what is run.
TESTS ?= -m "not slow"
test-lowest: RESOLUTION := lowest-direct
test-newest: RESOLUTION := highest
test-lowest test-newest: export OMP_NUM_THREADS := 1
test-lowest test-newest: export NPROC := 1
test-lowest test-newest: $(READY)
	@here=$(CURDIR)/.cache/$@; mkdir -p $$here; \
	  uv=$$(command -v .tools/uv/bin/uv || command -v uv); \
	  export GUTSKIN_CACHE_DIR=$$here/gutskin JAX_COMPILATION_CACHE_DIR=$$here/jax; \
	  $$uv pip compile --quiet pyproject.toml --extra all --group dev --python $(BIN)/python \
	    --only-binary :all: --resolution $(RESOLUTION) --output-file $$here/requirements.txt && \
	  $$uv venv --quiet --clear --python $(BIN)/python $$here/venv && \
	  $$uv pip sync --quiet --python $$here/venv/bin/python $$here/requirements.txt && \
	  $$uv pip install --quiet --no-deps --python $$here/venv/bin/python --editable . && \
	  echo "$@: pytest with the versions of .cache/$@/requirements.txt" && \
	  $$here/venv/bin/python -m pytest -q -n 2 --dist worksteal $(TESTS)

# The other simulators are installed for this alone; `make setup` takes them out again.
bench: $(READY)
	@uv=$$(command -v .tools/uv/bin/uv || command -v uv); \
	  $$uv pip install --quiet --python .venv --group bench
	@$(BIN)/python benchmarks/compare.py --docs

clean:
	rm -rf .venv .tools .cache out
