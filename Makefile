# Everything that is typed in this project. `make` alone explains the targets.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.SUFFIXES:

# An editor or CI may export these; the environments made here must not see them.
unexport PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE VIRTUAL_ENV

VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL = install -qq --disable-pip-version-check --no-deps --require-hashes --no-compile
SAM := .venv-sam/bin/sam
CLI := $(VENV)/bin/hotline
MINIPROGRAM := infrastructure/clients/miniprogram

# ------------------------------------------------------------------------------------------------
##@ The running system, on this machine (no account, no Docker)

.PHONY: run up down status logs reset token demo
run: environment  ## start the embedded AWS, build, deploy, fill the directory; stay until Ctrl-C (state is kept)
	@$(PY) -m infrastructure.local run

up: environment  ## the same in the background
	@$(PY) -m infrastructure.local up

down: $(VENV)/.run  ## stop it, keeping its state
	@$(PY) -m infrastructure.local down

status: $(VENV)/.run  ## what runs, and at which addresses
	@$(PY) -m infrastructure.local status

logs: $(VENV)/.run  ## follow its logs (OF=functions|emulator|identity|build|deploy|directory|run)
	@$(PY) -m infrastructure.local logs --follow $(OF)

reset: $(VENV)/.run  ## forget its state: every appeal, account and key of the embedded AWS (asks first)
	@$(PY) -m infrastructure.local reset $(if $(YES),--yes)

token: $(VENV)/.run  ## print a bearer token of the local identity provider: ROLE=operator, or ROLE=agency AGENCY=…; ROLE=open311: an API key
	@$(PY) -m infrastructure.local token --role $(or $(ROLE),operator) $(if $(AGENCY),--agency $(AGENCY))

demo: $(VENV)/.run  ## replay appeals through the running system: FILE=… LIMIT=n SPEED=… MAP=…
	@$(PY) -m infrastructure.demo $(if $(FILE),--file $(FILE)) $(if $(LIMIT),--limit $(LIMIT)) \
		$(if $(SPEED),--speed $(SPEED)) $(if $(MAP),--map $(MAP)) $(ARGS)

# ------------------------------------------------------------------------------------------------
##@ Working on it

.PHONY: test test-code test-stack lint bench screenshots openapi miniprogram
test: everything chromium $(if $(ARGS),,$(if $(shell command -v npm),miniprogram))  ## every test: unit, adapters, functions, wiring, journeys, on the embedded AWS, in the browser
ifdef ARGS
	@$(PY) -m pytest $(ARGS)
else
	@$(MAKE) -s -j2 test-code test-stack
endif

# Side by side: the tests on the stack wait a lot. What they print comes when they are done.
test-code:
	@$(PY) -m pytest -n auto -m "not local and not browser"

test-stack:
	@printed=$$(mktemp) && { $(PY) -m pytest -m "local or browser" >"$$printed" 2>&1; result=$$?; \
		cat "$$printed"; rm "$$printed"; exit $$result; }

lint: everything  ## ruff, mypy (strict), cfn-lint, sam validate, and whether generated files are fresh
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/cfn-lint --non-zero-exit-code warning template.yaml
	@AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 $(SAM) validate --lint >/dev/null
	@$(PY) -m infrastructure.ops.openapi --check

bench: everything  ## measure against the budgets; writes benchmarks/results.json
	@$(PY) -m benchmarks $(ARGS)

miniprogram: $(MINIPROGRAM)/node_modules/.installed  ## check, compile and test the WeChat mini-program (needs Node 18 or later; part of `make test` where it is)
	@cd $(MINIPROGRAM) && npm run --silent check && npm run --silent build && npm run --silent test

screenshots: $(VENV)/.dev  ## take the pictures of the main pages from the running stack (make up first)
	@$(PY) -m infrastructure.screenshots

openapi: $(VENV)/.run  ## write the OpenAPI document anew from routes and models
	@$(PY) -m infrastructure.ops.openapi

# ------------------------------------------------------------------------------------------------
##@ Deploying to AWS

.PHONY: build deploy
build: environment  ## build the artifacts as for the cloud: RUNTIME=python3.13 ARCH=arm64
	@$(PY) -m infrastructure.ops.deploy --build-only $(if $(RUNTIME),--runtime $(RUNTIME)) $(if $(ARCH),--arch $(ARCH))

deploy: environment  ## build and deploy; asks what it needs the first time. ENV=cn for AWS China (aws-cn), or any profile of samconfig.toml
	@$(PY) -m infrastructure.ops.deploy --profile $(or $(ENV),default) $(if $(RUNTIME),--runtime $(RUNTIME)) $(if $(ARCH),--arch $(ARCH))

# ------------------------------------------------------------------------------------------------
##@ Housekeeping

.PHONY: clean lock help
clean:  ## remove environments, builds and caches (not the state of the embedded AWS: that is `make reset`)
	rm -rf $(VENV) .venv-sam $(MINIPROGRAM)/node_modules .aws-sam .local/build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Resolved for Python 3.11 and later on every platform; no index is named, so any mirror serves.
LOCK = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --annotation-style line $(if $(UPGRADE),--upgrade)

lock: $(VENV)/.dev  ## resolve the requirements again after editing a *.in file (UPGRADE=1 takes newer versions)
	@$(LOCK) --excludes layers/dependencies/excludes.in layers/dependencies/requirements.in -o layers/dependencies/requirements.txt
	@$(LOCK) layers/lake/requirements.in -o layers/lake/requirements.txt
	@$(LOCK) --excludes requirements/excludes.in requirements/run.in -o requirements/run.txt
	@$(LOCK) --excludes requirements/excludes.in requirements/dev.in -o requirements/dev.txt
	@$(LOCK) requirements/sam.in -o requirements/sam.txt

help:  ## this page
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

# ------------------------------------------------------------------------------------------------
# Environments. Each is remade when its lock changes.

.PHONY: environment everything chromium
environment:
	@$(MAKE) -s -j2 $(VENV)/.run .venv-sam/.sam

everything:
	@$(MAKE) -s -j2 $(VENV)/.dev .venv-sam/.sam

# The first Python that really runs (a pyenv shim may exist and fail). PYTHON=… names another one.
define find_python
for candidate in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	if "$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; \
	then python=$$(command -v "$$candidate"); break; fi; \
done; \
if [ -z "$$python" ]; then \
	echo "No Python 3.11, 3.12 or 3.13 was found. Install one (Debian, Ubuntu: apt-get install python3 python3-venv)," \
		"or name it: make PYTHON=/path/to/python3.13" >&2; exit 1; \
fi; \
if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	echo "$$python cannot make virtual environments. Debian and Ubuntu: apt-get install $$(basename "$$(readlink -f "$$python")")-venv" >&2; exit 1; \
fi
endef

$(VENV)/bin/python:
	@$(find_python); "$$python" -m venv $(VENV)

.venv-sam/bin/python:
	@$(find_python); "$$python" -m venv .venv-sam

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the system needs into $(VENV) (once)"
	@$(PY) -m pip $(PIP_INSTALL) -r requirements/run.txt
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Installing what the tests need into $(VENV) (once)"
	@$(PY) -m pip $(PIP_INSTALL) -r requirements/dev.txt
	@touch $@

.venv-sam/.sam: requirements/sam.txt | .venv-sam/bin/python
	@echo "Installing the SAM command line into .venv-sam (once)"
	@.venv-sam/bin/python -m pip $(PIP_INSTALL) -r requirements/sam.txt
	@touch $@

$(MINIPROGRAM)/node_modules/.installed: $(MINIPROGRAM)/package-lock.json $(MINIPROGRAM)/package.json
	@command -v npm >/dev/null || { echo "The mini-program's checks need Node 18 or later with npm. Debian, Ubuntu: apt-get install nodejs npm" >&2; exit 1; }
	@echo "Installing what the mini-program's tests need into $(MINIPROGRAM)/node_modules (once)"
	@cd $(MINIPROGRAM) && npm ci --silent
	@touch $@

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
		echo "The browser tests need Chromium. Debian: apt-get install chromium; Ubuntu: snap install chromium;" \
			"macOS: brew install --cask google-chrome" >&2; exit 1; }
