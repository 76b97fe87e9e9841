#!/usr/bin/env bash
# How much CPU a request costs: prints, from one run, user + system time per request of wrk (the floor: a bare C
# loop), of the gate (plain and TLS upstream) and of Python's aiohttp against the same nginx, and their ratios; then
# how many requests a Python caller gets through the gate. Takes about two minutes, and wants an idle machine.
#
#   tests/bench/run.sh     results also in build/bench/results.json
#
# Compare ratios, not figures: these drift by some 20 % from run to run, the ratios within a run much less.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

deploy/install-packages.sh build test bench
cmake --preset release -DPOSTERN_BUILD_TESTS=ON --log-level=NOTICE
cmake --build --preset release --target posternd bench_driver

stubs=build/bench/stubs
mkdir -p "$stubs"
protoc --proto_path=proto --python_out="$stubs" --grpc_out="$stubs" \
  --plugin=protoc-gen-grpc="$(command -v grpc_python_plugin)" proto/postern/v1/egress.proto
exec /usr/bin/python3 tests/bench/bench.py --build build/release --stubs "$stubs" --json build/bench/results.json
