#!/usr/bin/env bash
# Installs what the tests need, builds a preset and runs every test. The last line counts them:
# "N passed, N failed", with ", N skipped" where there were any. The exit status is 0 only if none failed.
#
#   tests/run.sh [PRESET [CTEST-ARGUMENT...]]     PRESET: dev (default), asan-ubsan, tsan
#   tests/run.sh dev -R core                      only the tests whose name contains "core"
set -euo pipefail

preset=${1:-dev}
shift || true
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/$preset
results=$PWD/$build/test-results.xml
sanitizers=$PWD/tests/support/sanitizers

# gRPC and Abseil are Debian's, not built for ThreadSanitizer: what they do inside is not looked at.
case $preset in
  dev) ;;
  asan-ubsan)
    export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
    export UBSAN_OPTIONS=print_stacktrace=1
    ;;
  tsan)
    export TSAN_OPTIONS=ignore_noninstrumented_modules=1:suppressions=$sanitizers/tsan.supp:print_suppressions=0
    ;;
  *)
    echo "tests/run.sh: there are no tests for preset '$preset'; there are: dev, asan-ubsan, tsan" >&2
    exit 2
    ;;
esac

deploy/install-packages.sh build test

started=$SECONDS
cmake --preset "$preset" --log-level=NOTICE
cmake --build --preset "$preset"
echo "Built $build in $((SECONDS - started)) s."

rm -f "$results"
status=0
ctest --preset "$preset" --parallel 2 --output-junit "$results" "$@" || status=$?
/usr/bin/python3 tests/support/count_results.py "$results" || status=$?
exit "$status"
