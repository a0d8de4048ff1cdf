# One command each. Every target first sets up what it needs; what is there already costs nothing.
SHELL := /bin/sh
BIN := .venv/bin
.NOTPARALLEL:
.PHONY: help demo test check policy prove bench peers soak check-data setup engine venv image

help:
	@echo "make demo        set up, then show a question from code to answer, CSV and workflow"
	@echo "make test        set up, then run the whole test suite"
	@echo "make check       ruff, mypy, import-linter"
	@echo "make policy      the gateway's table of operations, anew from its review"
	@echo "make prove       each defence of sandbox, gateway and loop switched off in a copy: its tests must notice; PART=loop"
	@echo "make bench       figures of speed; ARGS=\"sandbox --quick\" for less of them"
	@echo "make peers       our sandbox beside other tools' from PyPI, on the same image"
	@echo "make soak        1,000 runs in a row; says what they left behind"
	@echo "make check-data FILE=...   totals of a FOCUS file, by the same code that users run"
	@echo "make setup       virtual environment, Docker engine, sandbox image"

demo: setup
	@sandbox/host/demo.sh

test: setup
	$(BIN)/python -m pytest -n 2 --dist loadscope

check: venv
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

policy: venv
	@$(BIN)/python -m tests.policy

prove: setup
	@$(BIN)/python -m tests.prove $(PART)

bench: setup
	$(BIN)/python -m tests.bench $(ARGS)

peers: setup
	$(BIN)/python -m tests.peers $(ARGS)

soak: setup
	$(BIN)/python -m tests.soak $(ARGS)

check-data: venv
	$(BIN)/python -m tests.check_data $(FILE)

setup: engine venv image

engine:
	@sandbox/host/engine.sh

venv: .venv/.installed

.venv/.installed: pyproject.toml
	@sandbox/host/venv.sh

image: engine venv
	@$(BIN)/python sandbox/host/image.py
