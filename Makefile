# One command to run: make serve. The rest is for those who work on the blog.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app wsgi
PORT ?= 8000
HOST ?= 127.0.0.1
WORDS := blog/translations
BROWSER_TOOLS := tests/browser/node_modules/.package-lock.json
TESTS := TEST_DATABASE=$${TEST_DATABASE:-all} $(BIN)/python -m pytest -n auto --maxprocesses 4
export PORT HOST

.PHONY: serve demo test check lint format translations lock verify screenshots clean

serve: $(VENV)/.installed ## install, migrate and serve on http://127.0.0.1:8000
	@$(FLASK) serve --upgrade

demo: $(VENV)/.installed ## serve a separate blog with posts, people and comments to look at
	@INSTANCE_PATH=demo-instance $(FLASK) demo

test: $(VENV)/.installed-dev $(BROWSER_TOOLS) ## the tests, on every database that is there, and in the browser if there is one
	$(TESTS)

check: $(VENV)/.installed-dev $(BROWSER_TOOLS) ## what CI runs: lint, types, layers, then the tests as `make test` runs them
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(TESTS)

verify: $(VENV)/.installed-dev $(BROWSER_TOOLS) ## the slow figures: Lighthouse, a clone, sabotage, the first start
	cd tests/browser/lighthouse && npm ci --silent
	$(BIN)/python -m pytest -m verify

screenshots: $(VENV)/.installed-dev ## the pages of the demo as pictures, in screenshots/
	$(BIN)/python -m tests.browser.screenshots

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

translations: $(VENV)/.installed-dev ## bring the languages' lists of words up to date; LOCALE=de begins one
	$(if $(LOCALE)$(wildcard $(WORDS)/*/),,$(error There is no language yet; begin one with: make translations LOCALE=de))
	@words=$$(mktemp) && trap 'rm -f "$$words"' EXIT && mkdir -p $(WORDS) && \
	$(BIN)/pybabel -q extract -F pyproject.toml -k __ -k lazy_gettext --add-location=file --sort-by-file \
		--project=blog --copyright-holder="the blog's authors" -o "$$words" blog templates && \
	$(BIN)/pybabel -q update -i "$$words" -d $(WORDS) --ignore-pot-creation-date \
		$(if $(LOCALE),--init-missing -l $(LOCALE)) && \
	$(BIN)/pybabel compile -d $(WORDS) --statistics

lock: ## pin the lists of pyproject.toml, with hashes
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --python-version 3.11 --extra dev pyproject.toml -o requirements-dev.txt

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; this is " + sys.version.split()[0] + ". Set PYTHON=.") if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(BIN)/python
	@echo "Installing what the blog needs…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt | $(BIN)/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.installed

$(BROWSER_TOOLS): tests/browser/package-lock.json
	@if command -v npm >/dev/null; then cd tests/browser && npm ci --silent && touch node_modules/.package-lock.json; else false; fi \
		|| echo "axe-core, the HTML checker and recheck are not installed (they need npm): the tests with them are left out."

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
