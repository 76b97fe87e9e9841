#!/usr/bin/env bash
# Every shell script parses and passes shellcheck: shell_scripts.sh ROOT
set -euo pipefail

cd "$1"
mapfile -t scripts < <(grep -rlE --exclude-dir=build --exclude-dir=.git '^#!/(bin/|usr/bin/env )(ba)?sh' .)
[[ ${#scripts[@]} -gt 0 ]] || { echo "no shell scripts found"; exit 1; }

for script in "${scripts[@]}"; do
  bash -n "$script"
  [[ -x $script ]] || { echo "$script is not executable"; exit 1; }
done
if ! command -v shellcheck >/dev/null; then
  echo "all ${#scripts[@]} scripts parse, but shellcheck is not installed"
  exit 77
fi
shellcheck "${scripts[@]}"
