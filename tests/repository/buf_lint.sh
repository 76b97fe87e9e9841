#!/usr/bin/env bash
# Lints the contract with buf's STANDARD rules: buf_lint.sh ROOT TOOLS
# buf comes from npm, once, into TOOLS. Exits with 77 (skipped) only where npm or its registry is out of reach.
set -euo pipefail

root=$1
tools=$2
version=1.75.0
buf=$tools/node_modules/.bin/buf

if [[ $("$buf" --version 2>/dev/null) != "$version" ]]; then
  if ! command -v npm >/dev/null; then
    echo "npm, which brings buf, is not installed"
    exit 77
  fi
  mkdir -p "$tools"
  if ! npm install --no-save --no-audit --no-fund --prefix "$tools" "@bufbuild/buf@$version"; then
    npm ping && exit 1
    echo "the npm registry, which brings buf, cannot be reached"
    exit 77
  fi
fi
cd "$root/proto"
"$buf" lint --error-format text
