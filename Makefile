# One word per task. Everything runs with the tools of .venv, which `bash .ci/build` creates.
SHELL := bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.venv/bin:$(PATH)
unexport PYTHONDONTWRITEBYTECODE

# The fast test folders, as measured. `make test` also runs those that build sites, start browsers or wait.
FAST := kg tests/unit/notes tests/unit/resolve tests/unit/checks tests/unit/page tests/unit/review tests/conformance

.PHONY: help check lint test docs bench

help:  ## list all tasks
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /\1\t/'

check: lint  ## lint, types, imports and fast tests: less than a minute on two cores
	@python -m pytest -q -n 2 --dist worksteal $(FAST)

lint:  ## ruff, mypy, import-linter, and that everything compiles
	@bash .ci/lint

test:  ## all checks and tests, as in CI
	@bash .ci/test

docs:  ## regenerate pages in docs/: rules, vocabulary, cage (as root on Linux), evidence (EVIDENCE=verify.json)
	@python docs/make_rules.py
	@python tests/unit/checks/examples.py
	@python docs/make_vocabulary.py
	@if [ "$$(id -u)" = 0 ] && [ "$$(uname)" = Linux ]; then python docs/make_cage.py; else echo "docs/cage.md: unchanged, its script needs root on Linux" >&2; fi
	@if [ -n "$(EVIDENCE)" ]; then python docs/make_evidence.py <"$(EVIDENCE)"; fi

bench:  ## time builds of 250 and 1,000 notes and compare with the last recorded run (RECORD=1 records this one)
	@mkdir -p build
	@kg bench --notes 250 --notes 1000 --repeat 3 --report $(if $(RECORD),docs/benchmark.md --record,build/benchmark.md)
