#!/bin/sh
# Installs the client library from a build folder and builds and runs a separate project against it.
# Usage: find_package_test.sh BUILD_FOLDER SCRATCH_FOLDER PROJECT COMPILER SANITIZERS
set -eu
build=$1 scratch=$2 project=$3 compiler=$4 sanitizers=$5

rm -rf "$scratch"
cmake --install "$build" --prefix "$scratch/installed" --component client_library
# Nothing of the source tree may be needed: the project sees the installed files alone.
cmake -S "$project" -B "$scratch/build" -DCMAKE_PREFIX_PATH="$scratch/installed" -DCMAKE_CXX_COMPILER="$compiler" \
  ${sanitizers:+"-DCMAKE_CXX_FLAGS=-fsanitize=$sanitizers"}
cmake --build "$scratch/build"
"$scratch/build/send_batch"
