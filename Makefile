# make run: set up and open the window.  make test: set up and run the tests.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.set-up

.PHONY: run test setup lint types contract check bench clean
.PHONY: faults

run: setup
	$(BIN)/python main.py

test: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest

setup: $(STAMP)

# Built anew when the requirements change; otherwise there is nothing to do.
$(STAMP): pyproject.toml resources/setup/setup.sh
	PYTHON="$(PYTHON)" VENV="$(VENV)" sh resources/setup/setup.sh
	@touch $@

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

contract: setup
	$(BIN)/lint-imports

check: lint types contract

bench: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.benchmarks

# What is damaged or hostile, by the thousand; each ends as opened or as one sentence.
faults: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.faults

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
