# Everything that people and the CI run. `make` alone lists it.
#
#   make demo ARGS=--exit      play the scenario, stop everything, fail if a step failed
#   make test ARGS="-k papers" any arguments of pytest
#   make PYTHON=python3.12 …   another interpreter for the virtual environment

SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
DATA := $(or $(DATA_DIR),var)

.DEFAULT_GOAL := help
.PHONY: help demo test prove lint format types contracts doctor clean-demo requirements messages static environment

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## start the product with nothing else installed and play the scenario (ARGS=--exit: then stop)
	@$(PYTHON) config/doctor.py --for demo --quiet
	@$(PYTHON) config/bootstrap.py base.txt
	@$(BIN)/python -m config.supervisor $(ARGS)

test: ## run all tests on a throw-away PostgreSQL (or DATABASE_URL)
	@$(PYTHON) config/doctor.py --for test --quiet $(DOCTOR)
	@$(PYTHON) config/bootstrap.py dev.txt
	@$(BIN)/python -m config.testing $(ARGS)

prove: environment ## show for every promise of docs/promises.md the tests that keep it
	@$(BIN)/python -m config.prove $(ARGS)

lint: environment ## ruff and djade: mistakes and layout
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@git ls-files --cached --others --exclude-standard '*/templates/*.html' | xargs -r $(BIN)/djade --check --target-version 5.2

format: environment ## let ruff and djade lay out the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@git ls-files --cached --others --exclude-standard '*/templates/*.html' | xargs -r $(BIN)/djade --target-version 5.2 || true

types: environment ## mypy, strict on procedures and workflows
	@$(BIN)/mypy

contracts: environment ## import-linter: which way imports point
	@$(BIN)/lint-imports

doctor: ## what this machine lacks; as root on Debian installs it
	@$(PYTHON) config/doctor.py --for test $(ARGS)

clean-demo: ## forget the demonstration's database, files, keys and mails
	@$(PYTHON) config/forget.py

requirements: environment ## resolve requirements/*.in anew, with hashes and without any address
	@for name in base dev; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
			--no-emit-index-url --no-emit-find-links requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

messages: environment ## collect texts for translation and compile them
	@$(BIN)/python manage.py makemessages --all --no-obsolete --no-location --ignore '.venv/*' --ignore 'var/*'
	@$(BIN)/python manage.py compilemessages --verbosity 0

static: environment ## build the style sheet again (needs npm; the result is committed)
	@$(BIN)/python onestop/static/src/build.py

environment:
	@$(PYTHON) config/bootstrap.py dev.txt
