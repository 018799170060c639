# One command to run: make serve. The rest is for those who work on the blog.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app wsgi
PORT ?= 8000
HOST ?= 127.0.0.1
WORDS := blog/translations
export PORT HOST

.PHONY: serve demo test check lint format translations lock verify clean

serve: $(VENV)/.installed ## install, migrate and serve on http://127.0.0.1:8000
	@$(FLASK) serve --upgrade

demo: $(VENV)/.installed ## serve a separate blog with posts, people and comments to look at
	@INSTANCE_PATH=demo-instance $(FLASK) demo

test: $(VENV)/.installed-dev ## the tests
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev ## what CI runs: lint, types, layers, documentation, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

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

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
