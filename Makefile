# make run: set up and open the window.  make test: set up and run the tests.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
MINUTES ?= 60
# How many tests run beside each other, each with its share of the cores; more than four would want much memory.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 4 ] && n=4; echo $$n)
STAMP  := $(VENV)/.set-up

.PHONY: run test test-real soak desk setup lint types contract check bench truth faults gallery clean

run: setup
	$(BIN)/python main.py

test: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# The real program on an X server of its own; see tests/real.
test-real: setup desk
	$(BIN)/python -m pytest tests/real

soak: setup desk
	$(BIN)/python -m tests.real.soak --minutes $(MINUTES)

desk:
	sh resources/setup/desk.sh

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

# All of them, or those that are named behind it: make bench live sources
bench: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.benchmarks $(filter-out bench,$(MAKECMDGOALS))

ifeq ($(firstword $(MAKECMDGOALS)),bench)
$(filter-out bench,$(MAKECMDGOALS)): bench
	@:
endif

# What is missing among the gallery's thumbnails, and the sheet of all of them.
gallery: setup
	$(BIN)/python main.py gallery --draw resources/gallery/thumbnails --sheet resources/screenshots/gallery.webp

truth: setup
	$(BIN)/python -m tests.truth

faults: setup
	$(BIN)/python -m tests.faults

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
