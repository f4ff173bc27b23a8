# The commands to remember: make demo, make test, make check. `make help` lists all.

PORT ?= 8000
DATA_DIR ?= .data/demo
BENCHMARKS ?= ../shared/data/benchmarks
LISTINGS ?= 20000
PYTHON ?= python3
BIN := .venv/bin

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where modules may not be kept compiled, every process would compile all of them again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help venv venv-dev demo test tests check translations screenshots guides vitals browser programs gettext pango messages openapi quality bench bench-search bench-load bench-plot bench-machines faults attacks contract lock

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 14

# What is installed is noted by the checksum of its list, so that nothing is done twice.
venv: .make/venv ## make .venv with what the site needs
venv-dev: .make/venv-dev ## the same with what the tests need

OLD_PYTHON := Transfer needs Python 3.11 or newer: name one with make PYTHON=python3.12
NEW_VENV := test -x $(BIN)/python || { \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(OLD_PYTHON)"; exit 1; }; \
	$(PYTHON) -m venv .venv; }

# The lists are complete, so pip need not resolve; Python compiles what it imports. Two processes
# install half a list each; should they be in each other's way, one does all that is left.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --require-hashes --no-deps --no-compile -r
INSTALL = awk '/^[^ ]/ { half = !half } { print > (".make/half-" half ".txt") }' $< && \
	{ printf '%s\n' .make/half-0.txt .make/half-1.txt | xargs -n 1 -P 2 $(PIP_INSTALL) || $(PIP_INSTALL) $<; }

.make/venv: requirements.txt
	@mkdir -p .make
	@$(NEW_VENV)
	@test .make/venv-dev -nt requirements.txt || { $(INSTALL); }
	@touch $@

.make/venv-dev: requirements-dev.txt
	@mkdir -p .make
	@$(NEW_VENV)
	@echo "Installing requirements-dev.txt"
	@$(INSTALL)
	@touch $@ .make/venv

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

demo: .make/venv ## the site with sample data, on PORT, its data in DATA_DIR
	@test "$$(id -u)" != 0 || $(MAKE) --silent pango || echo "Without Pango no PDFs are made; everything else works."
	@exec $(BIN)/python -m transfer.embedded --data-dir "$(DATA_DIR)" demo --port "$(PORT)"

# Checks need one processor at a time, so they run beside the tests.
test: ## every check and every test
	@$(MAKE) --no-print-directory -j 2 .make/venv-dev programs
	@$(MAKE) --no-print-directory pango translations
	@$(MAKE) --no-print-directory -j 2 check tests

# Three, for two processors: each waits for servers, browsers and e-mails a quarter of its time.
tests: .make/venv-dev translations
	env -u MAKEFLAGS $(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

translations: .make/venv-dev
	$(BIN)/python -m transfer.messages

check: .make/venv-dev translations ## format, lint, types, templates, import arrows, migrations, deployment
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/lint-imports
	$(BIN)/mypy .
	$(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	@echo "manage.py check --deploy, with production settings"
	@SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	DJANGO_SETTINGS_MODULE=transfer.settings.production \
	DATABASE_URL=postgresql://check@localhost/check REDIS_URL=redis://localhost \
	EMAIL_URL=smtp://localhost SITE_URL=https://transfer.example ALLOWED_HOSTS=transfer.example \
	$(BIN)/python manage.py check --deploy --fail-level WARNING

# The browser of the tests and Chinese type; on a machine that has both, nothing happens.
ROOT_DO := $$(test "$$(id -u)" = 0 || echo sudo)
browser: ## install Chromium and a Chinese font where they are missing
	@{ command -v chromium && fc-list :lang=zh-cn | grep -q .; } >/dev/null 2>&1 || { \
	command -v apt-get >/dev/null || { echo "Install chromium and a Chinese font first."; exit 1; }; \
	$(ROOT_DO) apt-get update -qq && $(ROOT_DO) env DEBIAN_FRONTEND=noninteractive \
	apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig; }

# One after the other, since apt lets only one in.
programs:
	@$(MAKE) --no-print-directory browser
	@$(MAKE) --no-print-directory gettext

gettext: ## install gettext where it is missing; collecting texts needs it
	@command -v xgettext >/dev/null || { \
	command -v apt-get >/dev/null || { echo "Install gettext first."; exit 1; }; \
	$(ROOT_DO) apt-get update -qq && $(ROOT_DO) env DEBIAN_FRONTEND=noninteractive \
	apt-get install -y -qq --no-install-recommends gettext; }

pango: ## install what PDFs are made with, Pango and a Chinese font, where it is missing
	@{ $(BIN)/python -c 'import weasyprint' && fc-list :lang=zh-cn | grep -q .; } >/dev/null 2>&1 || { \
	command -v apt-get >/dev/null || { echo "Install Pango and a Chinese font first."; exit 1; }; \
	$(ROOT_DO) apt-get update -qq && $(ROOT_DO) env DEBIAN_FRONTEND=noninteractive \
	apt-get install -y -qq --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
	fonts-noto-cjk fontconfig; }

screenshots: .make/venv-dev browser ## every page as a picture in screenshots/; SITE=address of a running demo
	$(BIN)/python -m tests.screenshots $(if $(SITE),--site "$(SITE)") $(ARGS)

vitals: .make/venv-dev browser ## measure paint, shifts and weight of pages on a slow line; SITE=address of a running demo
	$(BIN)/python -m tests.vitals $(if $(SITE),--site "$(SITE)") $(ARGS)

guides: .make/venv-dev browser ## take the pictures of the guides anew; SITE=address of a running demo
	$(BIN)/python -m tests.guide_pictures $(if $(SITE),--site "$(SITE)")

messages: .make/venv gettext ## bring the Chinese catalogue up to date with the sources
	$(BIN)/python -m transfer.messages collect

faults: .make/venv-dev translations ## kill servers and processes under load as often as it takes
	env -u MAKEFLAGS FAULTS=full $(BIN)/pytest tests/faults tests/bench tests/transfer/test_replica.py -rP

attacks: .make/venv-dev translations ## send every bad file and value through every door, and ask everything as everybody
	env -u MAKEFLAGS UPLOADS=full XSS=full EVERY_ROLE=1 HOSTILE=full EXAMPLES=1000 $(BIN)/pytest tests/security -n 2 --dist loadfile --no-loadscope-reorder -rP

contract: .make/venv-dev translations ## send the API 200 generated requests of every kind, and chains of them
	env -u MAKEFLAGS CONTRACT_EXAMPLES=200 $(BIN)/pytest tests/transfer/test_contract.py -n 2 --dist worksteal -rP

quality: .make/venv ## measure search and matching on the judged sets in BENCHMARKS, write docs/match-quality.md
	@test -d "$(BENCHMARKS)" || { echo "No judged sets in $(BENCHMARKS): name their folder with make quality BENCHMARKS=DIR."; exit 1; }
	@$(BIN)/python -m transfer.embedded --data-dir .data/quality run $(BIN)/python manage.py measure_quality "$(BENCHMARKS)" --out docs/match-quality.md --data

BENCH_DIR ?= .data/bench-$(LISTINGS)
BENCH = $(BIN)/python -m transfer.embedded --data-dir "$(BENCH_DIR)" run $(BIN)/python -m tests.bench $(LISTINGS) --judged "$(BENCHMARKS)" $(if $(JSON),--json) $(if $(ALONE),--alone)

bench: .make/venv-dev ## measure search, matching and web servers on LISTINGS of load data, which are kept; JSON=1 prints JSON, ALONE=1 leaves tantivy out
	@$(BENCH) --serving 10

bench-search: .make/venv-dev ## the same without web servers: search and matching beside tantivy and exact scan
	@$(BENCH)

bench-plot: .make/venv-dev ## draw cost against size of the JSON files in RESULTS, as SVG
	@$(BIN)/python -m tests.bench.plot $(RESULTS)

bench-machines: .make/venv-dev ## embedding and matching by one worker and two, on machines of their own (root: network namespaces)
	@$(BIN)/python -m tests.bench.machines $(LISTINGS) $(if $(JSON),--json)

ROWS ?= 100000
NOTIFICATIONS ?= 10000
SECONDS ?= 600
REMATCH ?= 600
LOADS ?= --seconds $(SECONDS) --notifications $(NOTIFICATIONS) --rows $(ROWS) --rematch $(REMATCH)
LOADS_DIR ?= .data/bench-load
bench-load: .make/venv-dev translations ## load real processes: requests for SECONDS, NOTIFICATIONS, files of ROWS, a rematch of LISTINGS for REMATCH seconds
	@$(BIN)/python -m transfer.embedded --data-dir "$(LOADS_DIR)" run $(BIN)/python -m tests.bench.loads $(LISTINGS) $(LOADS) $(if $(JSON),--json)

openapi: .make/venv ## write docs/openapi.yaml, which a test compares with the code
	$(BIN)/python manage.py spectacular --lang en --validate --fail-on-warn --file docs/openapi.yaml

lock: ## pin every dependency of pyproject.toml with its hashes
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt
