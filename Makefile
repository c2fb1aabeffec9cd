# make run | test | fault | fuzz | bench | asan | tsan | fmt | lint | clean. Each installs what it needs (scripts/setup says what)
# and says what it does.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build build-tests test fault fuzz bench asan tsan fmt lint web clean setup setup-test setup-fuzz setup-bench

# Debian's own Python: the test tools are its packages.
export PATH := /usr/bin:$(PATH)

RELEASE := build/release
WEB_SOURCES := $(shell find web/src web/docs web/index.html web/vite.config.ts web/tsconfig.json -type f 2>/dev/null) \
               api/openapi.yaml web/package.json
# Hides npm's notices, keeps its errors and its exit code.
quiet = 2>&1 | { grep -viE '^npm (warn|notice)|^$$' || true; }; exit $${PIPESTATUS[0]}

help:
	@echo "make run    install what is missing, build, start the server on http://127.0.0.1:8080"
	@echo "make test   install what is missing, build, run every check and test"
	@echo "make fault  the tests under faults (kill -9, full disks, abuse) in their long form"
	@echo "make fuzz   fuzz every reader of outside bytes, LUOT_FUZZ_SECONDS (60) each, and ffmpeg's input (600 s in all)"
	@echo "make bench  measure this machine's stacks beside nginx (docs/benchmarks.md)"
	@echo "make asan   units, contracts, 64 clients at once and fuzz seeds with AddressSanitizer and UBSan"
	@echo "make tsan   the same with ThreadSanitizer"
	@echo "make fmt    format all code        make lint   check format and structure"
	@echo "make clean  remove what was built (never the data folder)"

run: build
	@exec $(RELEASE)/luot serve

setup:
	@scripts/setup run

setup-test:
	@scripts/setup test

setup-fuzz:
	@scripts/setup fuzz

setup-bench:
	@scripts/setup bench

web/node_modules/.package-lock.json: web/package.json web/package-lock.json | setup
	@echo "web: npm ci"
	@cd web && npm ci --no-audit --no-fund $(quiet)
	@touch $@

# Cloudflare's runtime, in which the edge's Worker is tested.
WORKER := deploy/edge/cloudflare
$(WORKER)/node_modules/.package-lock.json: $(WORKER)/package.json $(WORKER)/package-lock.json | setup
	@echo "edge: npm ci"
	@cd $(WORKER) && npm ci --no-audit --no-fund $(quiet)
	@touch $@

# Chromium's driver, axe and Lighthouse.
BROWSER := tests/browser
$(BROWSER)/node_modules/.package-lock.json: $(BROWSER)/package.json $(BROWSER)/package-lock.json | setup
	@echo "browser tests: npm ci"
	@cd $(BROWSER) && npm ci --no-audit --no-fund $(quiet)
	@touch $@

# The peer that Luot is measured beside (docs/benchmarks.md); bench/run asks for it where it is named.
NESTJS := bench/nestjs
$(NESTJS)/node_modules/.package-lock.json: $(NESTJS)/package.json $(NESTJS)/package-lock.json | setup
	@echo "nestjs: npm ci"
	@cd $(NESTJS) && npm ci --no-audit --no-fund $(quiet)
	@touch $@

$(NESTJS)/dist/main.js: $(NESTJS)/node_modules/.package-lock.json $(NESTJS)/tsconfig.json $(shell find bench/nestjs/src -name '*.ts')
	@echo "nestjs: building"
	@cd $(NESTJS) && rm -rf dist && npm run --silent build

web/dist/index.html: $(WEB_SOURCES) web/node_modules/.package-lock.json
	@echo "web: building"
	@cd web && npm run --silent build -- --logLevel warn > ../web/.build.log 2>&1 || { cat .build.log; exit 1; }
	@rm -f web/.build.log

web: web/dist/index.html

build: setup web
	@[[ -f $(RELEASE)/build.ninja ]] || { echo "build: configuring"; cmake --preset release >/dev/null; }
	@echo "build: $(RELEASE)/luot"
	@cmake --build --preset release --target luot | { grep -vE '^\[|ninja: no work' || true; }; exit $${PIPESTATUS[0]}

build-tests: setup-test web $(WORKER)/node_modules/.package-lock.json $(BROWSER)/node_modules/.package-lock.json
	@echo "test: building everything"
	@cmake --preset release -DLUOT_TESTS=ON >/dev/null
	@cmake --build --preset release | { grep -vE '^\[|ninja: no work' || true; }; exit $${PIPESTATUS[0]}

test: build-tests
	@ctest --test-dir $(RELEASE) --output-on-failure -j2

# How often each crash test kills the server (3 in `make test`), for how long 64 clients write at once (8 s), how many
# histories of the feed are tried (10), and for how long nodes and engines die (60 s).
LONG := LUOT_FAULT_ROUNDS=$${LUOT_FAULT_ROUNDS:-25} LUOT_CONCURRENCY_SECONDS=$${LUOT_CONCURRENCY_SECONDS:-60} \
        LUOT_PROPERTY_SEEDS=$${LUOT_PROPERTY_SEEDS:-200} LUOT_MANY_NODES_SECONDS=$${LUOT_MANY_NODES_SECONDS:-600}

fault: build-tests
	@$(LONG) ctest --test-dir $(RELEASE) --output-on-failure -L 'fault|integration'; status=$$?; \
	  grep -h '^fault: ' $(RELEASE)/Testing/Temporary/LastTest.log; exit $$status

# The targets with Clang, libFuzzer and sanitizers. `make test` replays their seeds without any of these.
# Then media files, damaged and hostile, through the real server; `make test` tries the first ones for 20 s.
fuzz: setup-fuzz build-tests
	@cmake --preset fuzz >/dev/null
	@cmake --build --preset fuzz | { grep -vE '^\[|ninja: no work' || true; }; exit $${PIPESTATUS[0]}
	@scripts/fuzz
	@export LUOT_MUTATION_SECONDS=$${LUOT_MUTATION_SECONDS:-600} LUOT_MUTATION_SEED=$${LUOT_MUTATION_SEED:-$$RANDOM}; \
	  ctest --test-dir $(RELEASE) --output-on-failure -R fault.hostile_files; \
	  status=$$?; grep -h '^fault: ' $(RELEASE)/Testing/Temporary/LastTest.log; exit $$status

bench: build setup-test setup-bench
	@bench/run $(STACKS)

# The sanitizers' own builds, without the web client and the end-to-end tests: units, contracts, rooms together, and 64
# clients that mix every write for a minute.
asan tsan: setup-test
	@cmake --preset $@ -DLUOT_TESTS=ON >/dev/null
	@cmake --build --preset $@ | { grep -vE '^\[|ninja: no work' || true; }; exit $${PIPESTATUS[0]}
	@LUOT_CONCURRENCY_SECONDS=$${LUOT_CONCURRENCY_SECONDS:-60} \
	  ctest --test-dir build/$@ --output-on-failure -j2 -L 'unit|contract|integration|concurrency|fuzz'

fmt: setup-test web/node_modules/.package-lock.json
	@git ls-files --cached --others --exclude-standard -- 'src/*.cpp' 'src/*.hpp' 'tests/*.cpp' 'fuzz/*.cpp' 'fuzz/*.hpp' | \
	  xargs "$$(command -v clang-format-14 || command -v clang-format)" -i
	@cd web && npm run --silent fmt

lint: setup-test web/node_modules/.package-lock.json
	@scripts/lint
	@cd web && npm run --silent fmt:check

clean:
	rm -rf build web/dist web/node_modules $(WORKER)/node_modules $(BROWSER)/node_modules $(BROWSER)/shots $(NESTJS)/node_modules $(NESTJS)/dist
