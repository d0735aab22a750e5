# Everything a person or a CI does with this repository; `make` alone lists it.
# PYTHON names the interpreter that .venv is made from; WORKERS says how many processes run the
# tests, which are as many as there are processors.

PYTHON ?= python3
WORKERS ?= auto
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make lock' $(UPGRADE) pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help demo setup test check unit fix docs lock bench kill system-packages

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: .venv/run.stamp ## a real file through its whole life; ONCE=1 stops then, FILE=path names the file
	@$(BIN)/python demo/run.py $(if $(ONCE),--once) $(if $(FILE),--file "$(FILE)")

test: setup system-packages check ## everything: what is missing, the checks, all tests
	$(BIN)/pytest --numprocesses $(WORKERS)

check: setup ## formatting, lint, types, import floors
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/basedpyright
	$(BIN)/lint-imports --no-logo

unit: setup ## the tests of the rules and of the architecture: less than a minute
	$(BIN)/pytest tests/domain tests/architecture

bench: setup ## how fast it is, beside baselines: all, or ONLY="B1 B3"; nginx and openssl are needed
	@sh tools/system-packages.sh nginx openssl postgresql
	$(BIN)/python -m bench.run $(ONLY)

kill: setup system-packages ## kill the server 400 times and judge it; ROUNDS, CORNER and SEED choose
	$(BIN)/python -m kill.run --keep-on-violation $(if $(ROUNDS),--rounds $(ROUNDS)) \
		$(if $(CORNER),--corner $(CORNER)) $(if $(SEED),--seed $(SEED))

fix: setup ## put right what a machine can: lint, then formatting
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: setup ## write the generated documents anew
	$(BIN)/python tools/docs.py

setup: .venv/dev.stamp ## .venv with what the lock files name, and Sealift itself

lock: setup ## write requirements/ anew; UPGRADE=--upgrade takes the newest versions
	$(LOCK) --group dev --output-file requirements/dev.txt
	$(LOCK) --group build --constraints requirements/dev.txt --output-file requirements/run.txt

system-packages:
	@sh tools/system-packages.sh nginx postgresql strace curl jq openssl sqlite3

.venv/bin/python:
	@sh tools/make-venv.sh "$(PYTHON)"

# Nothing is resolved here: every package is pinned with its hashes, the build backend included.
.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/bin/python
	@$(PIP) --require-hashes -r requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/run.stamp
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@
