# One command makes .venv from the locks, and runs. Needs Python 3.11+, git and make.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
CHECKED := src tests $(if $(wildcard bench/*.py),bench)
# Half of a worker's time is spent waiting for its server and database, so two keep two cores busy.
PYTEST = $(BIN)/python -m pytest -n 2 --dist worksteal

export PYTHON

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: .venv/.installed-runtime ## Start a demo server and send it orders (ONCE=1: on a free port, then stop)
	@$(BIN)/python -m spectrum_orders.cli demo $(if $(filter-out 0,$(ONCE)),--once) $(ARGS)

.PHONY: test
test: .venv/.installed-test ## Lint, types and every test, on SQLite and PostgreSQL
	@sh scripts/debian-tools test
	@$(MAKE) lint types
	@$(PYTEST) -m "not slow" $(ARGS)

.PHONY: lint
lint: .venv/.installed-test ## Style and traps
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: types
types: .venv/.installed-test ## Types, strictly
	$(BIN)/mypy $(CHECKED)

.PHONY: fast
fast: .venv/.installed-test ## Only the tests that need no server and no database
	@$(BIN)/python -m pytest -m "not slow and not door" $(ARGS)

.PHONY: prove
prove: .venv/.installed-test ## The long tests: killed processes, full disks, five days in a minute
	@sh scripts/debian-tools test
	@$(PYTEST) -m slow --timeout 3600 $(ARGS)

.PHONY: bench
bench: .venv/.installed-bench ## Measure speed and memory beside their yardsticks (ARGS=...)
	@sh scripts/debian-tools bench
	@PYTHONPATH=. $(BIN)/python -m bench $(ARGS)

# The three that are skipped are ruff's S108, S608 and S704 as well, and argued there on their lines.
.PHONY: audit
audit: .venv/.installed-audit ## Known holes in the locked dependencies, and bandit's view of the source
	$(BIN)/bandit --quiet --recursive --severity-level medium --skip B108,B608,B704 src
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r requirements/runtime.txt

.PHONY: lock
lock: .venv/.installed-lock ## Compile the locks anew, with the newest versions
	@for set in runtime test bench audit lock; do \
	  echo requirements/$$set.txt; \
	  (cd requirements && ../$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-header -o $$set.txt $$set.in) || exit 1; \
	done

# The newest version of a dependency is no reason to wait: a set is installed again only when its lock changed,
# when .venv was moved here from elsewhere, or when its Python has gone.
HERE := $(shell cat .venv/.place 2>/dev/null)
ifneq ($(HERE),$(CURDIR))
.venv/.installed-runtime: moved
.PHONY: moved
moved:
endif

.venv/bin/python: ;

.venv/.installed-runtime: requirements/runtime.txt pyproject.toml .venv/bin/python
	@sh scripts/install runtime

.venv/.installed-test .venv/.installed-bench .venv/.installed-audit .venv/.installed-lock: \
.venv/.installed-%: requirements/%.txt .venv/.installed-runtime
	@sh scripts/install $*
