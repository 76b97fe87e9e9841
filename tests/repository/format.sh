#!/usr/bin/env bash
# Every C++ file stands as clang-format would write it: format.sh ROOT
# `cmake --build build/dev --target format` mends what this finds.
set -euo pipefail

# Other versions format the same rules otherwise.
version=14
cd "$1"

if ! clang-format --version 2>/dev/null | grep -q "version $version\."; then
  echo "clang-format $version is not installed"
  exit 77
fi
mapfile -d '' -t files < <(find service client_lib tests \( -name '*.cpp' -o -name '*.h' \) -print0)
misformatted=$(clang-format --dry-run "${files[@]}" 2>&1 | sed -n 's/^\([^:]*\):.*\[-Wclang-format-violations\]$/\1/p' | sort --unique)
[[ -z $misformatted ]] || { echo "not as clang-format $version writes them:"; echo "$misformatted"; exit 1; }
echo "${#files[@]} files"
