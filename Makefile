# Two commands, each from nothing: `make demo` trains, records and judges; `make test` runs every test.
# Override as needed: make test PYTHON=python3.12 PYTEST_ARGS="tests/record -x" WORKERS=1

VENV    ?= .venv
PYTHON  ?=
PIP     ?= $(BIN)/python -m pip
# A plain path in site-packages: mypy and pyright resolve it, and an import hook they do not
EDITABLE = --config-settings editable_mode=compat -e
WORKERS ?= 2
PYTEST_ARGS ?=
GATE ?= tests/laws tests/errors tests/stats tests/record tests/registry tests/comparison tests/cli/runs tests/cli/test_app.py \
	tests/evaluation tests/reporting tests/fit tests/torch tests/monitoring tests/viewing
DEMO_ARGS   ?=
BENCH   ?= $(sort $(wildcard benchmarks/*.py))
FUZZ_SECONDS ?= 600
# What the others share, and what needs a folder of programs: python benchmarks/faultbench_static.py FOLDER
NO_BENCH := %/pairs.py %/peer_venv.py benchmarks/correct_% benchmarks/catalogue_% %/own_faults.py %/faultbench_static.py

BIN   := $(VENV)/bin
FACTS := setup.cfg pyproject.toml
export TF_CPP_MIN_LOG_LEVEL ?= 3

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test gate again quick fuzz exhaustive matrix setup lint format types layers check docs bench clean

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | while IFS="$$(printf '\t')" read -r name what; \
		do printf '  make %-10s %s\n' "$$name" "$$what"; done

demo: $(VENV)/.demo ## install with TensorFlow and run the demo
	$(BIN)/trackexp demo $(DEMO_ARGS)

test: $(VENV)/.dev ## install for development and run every test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not exhaustive" $(PYTEST_ARGS)

gate: $(VENV)/.dev ## what must be green for a change to be merged, without heavy tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not heavy and not exhaustive" $(GATE) $(PYTEST_ARGS)

again: $(VENV)/.dev ## the tests that failed last, one at a time
	$(BIN)/python -m pytest --last-failed --last-failed-no-failures none -p no:randomly $(PYTEST_ARGS)

quick: $(VENV)/.dev ## the tests that need neither minutes nor a second framework
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not heavy and not exhaustive" $(PYTEST_ARGS)

fuzz: $(VENV)/.dev ## new examples for every property, for FUZZ_SECONDS; what is found becomes an @example
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/python -m pytest -n $(WORKERS) -m "hypothesis and not exhaustive" \
		--hypothesis-profile=fuzz -q -r fE $(PYTEST_ARGS)

exhaustive: $(VENV)/.dev ## the tests that need many minutes
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m exhaustive $(PYTEST_ARGS)

matrix: $(VENV)/.dev ## the quick tests with the oldest and the newest wandb and Keras of the supported window
	PYTHON=$(BIN)/python .ci/matrix

setup: $(VENV)/.dev ## install for development, nothing more

lint: $(VENV)/.dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.dev ## mypy --strict
	$(BIN)/mypy --strict

layers: $(VENV)/.dev ## which package may import which
	$(BIN)/lint-imports

check: lint types layers ## the three above

docs: $(VENV)/.dev ## the site, into docs/_build/html; a warning is an error
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: $(VENV)/.dev ## every benchmark, each a table of ratios against peers measured in the same run
	@cd benchmarks && for script in $(notdir $(filter-out $(NO_BENCH),$(BENCH))); \
		do "$(abspath $(BIN))/python" "$$script" || exit 1; done

clean: ## remove what the other commands made, the virtual environment included
	rm -rf $(VENV) build dist docs/_build docs/reference/_generated .matrix *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: each says "this much is installed", so that the second call is quick and a change of packaging installs again.

$(VENV)/.venv:
	@python="$(PYTHON)"; \
	for candidate in $$python python3.11 python3.12 python3.13 python3 python; do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$candidate; break; fi; \
		if [ "$$candidate" = "$$python" ]; then echo "PYTHON=$$python is no Python of 3.11 or newer" >&2; exit 2; fi; \
	done; \
	if [ -z "$$found" ]; then echo "no Python of 3.11 or newer was found; install one, or say make PYTHON=/path/to/python" >&2; exit 2; fi; \
	"$$found" -m venv $(VENV) || { echo "this Python cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }
	@touch $@

$(VENV)/.demo: $(VENV)/.venv $(FACTS)
	@echo "installing trackexp and TensorFlow into $(VENV): one to three minutes, once"
	$(PIP) install --quiet --disable-pip-version-check $(EDITABLE) ".[tensorflow]"
	@touch $@

$(VENV)/.dev: $(VENV)/.venv $(FACTS)
	@echo "installing trackexp for development into $(VENV): two to five minutes, once"
	$(PIP) install --quiet --disable-pip-version-check $(EDITABLE) ".[dev]"
	@touch $@
