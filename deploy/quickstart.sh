#!/usr/bin/env bash
# From a fresh clone on Debian 12 to a first batch through the gate: installs the packages that are missing, builds,
# starts the gate and an origin to call, sends a batch in which some items must fail, and shows every verdict.
# Stops what it started. Safe to repeat: the second run only takes seconds. Exits with 0 only if all went as expected.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bin=build/release/bin
start_timeout_s=10

# What the batch holds, and so what has to come back.
ok_items=200
slow_items=20
broken_items=17

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  bold=$'\e[1m' faint=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m' color=always
else
  bold='' faint='' green='' red='' plain='' color=never
fi

step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

die() {
  printf '%squickstart: %s%s\n' "$red" "$*" "$plain" >&2
  exit 1
}

started_pids=()
run_dir=$(mktemp -d "${TMPDIR:-/tmp}/postern-quickstart.XXXXXX")

stop_all() {
  local pid
  for pid in "${started_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$run_dir"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME PATTERN COMMAND...: runs it in the background and waits until a line of its output matches the pattern.
# What the pattern's parentheses matched is then in $started_at.
start() {
  local name=$1 pattern=$2 log=$run_dir/$1.log deadline=$((SECONDS + start_timeout_s))
  shift 2
  : >"$log"
  "$@" >>"$log" 2>&1 &
  local pid=$!
  started_pids+=("$pid")
  while ! [[ $(<"$log") =~ $pattern ]]; do
    kill -0 "$pid" 2>/dev/null || die "$name did not start: $(<"$log")"
    ((SECONDS < deadline)) || die "$name said nothing for $start_timeout_s s: $(<"$log")"
    sleep 0.05
  done
  started_at=${BASH_REMATCH[1]}
}

# repeat COUNT FORMAT: FORMAT's %d is the number of the item.
repeat() {
  local i
  # shellcheck disable=SC2059
  for ((i = 1; i <= $1; i++)); do printf "$2\n" "$i"; done
}

# One JSON object a line; ids are the caller's own and come back in the results.
write_items() {
  local origin=$1
  # Loopback has many addresses, and on this one nobody listens.
  local nobody=${origin/127.0.0.1/127.0.0.2}
  repeat "$slow_items" '{"id": "slow-%d", "url": "'"$origin"'/delay/5", "timeout": "1s"}'
  echo '{"id": "no-such-name", "url": "http://no-such-host.invalid/"}'
  echo '{"id": "nobody-listens", "url": "'"$nobody"'/"}'
  echo '{"id": "malformed", "url": "http://two words/"}'
  repeat "$broken_items" '{"id": "broken-%d", "url": "'"$origin"'/status/500"}'
  repeat "$ok_items" '{"id": "order-%d", "url": "'"$origin"'/echo", "json": {"kind": "order"}}'
}

# A result as one short line: id, then status or what failed. What is no such result stays as it is.
shorten() {
  sed --unbuffered --regexp-extended \
    -e 's/^\{"id":"([^"]*)","index":[0-9]+,"status":([0-9]+),.*/  \1 \2/' \
    -e 's/^\{"id":"([^"]*)",.*"failure":\{"code":"([A-Z_]+)","message":"([^"]*)","delivery":"([A-Z_]+)".*/  \1 \2, \4: \3/'
}

# expect COUNT PATTERN WHAT: so many results match the pattern.
expect() {
  local count
  count=$(grep --count --extended-regexp "$2" "$run_dir/results.ndjson" || true)
  [[ $count -eq $1 ]] || die "expected $1 $3, got $count"
}

step "1/4 Packages"
deploy/install-packages.sh build
echo "All there."

step "2/4 Build (some minutes the first time)"
cmake --preset release >"$run_dir/configure.log" 2>&1 || die "$(<"$run_dir/configure.log")"
cmake --build --preset release --target posternd postern_cli

step "3/4 Start the gate and an origin"
# The gate dials only public addresses unless told otherwise; the origin of this demonstration is on loopback.
start posternd 'posternd listening on ([^[:space:]]+)' \
  "$bin/posternd" --listen "unix:$run_dir/gate.sock" --allow-cidr 127.0.0.0/8
gate=$started_at
start demo-origin 'listening on (127\.0\.0\.1:[0-9]+)' "$bin/postern" demo-origin --listen 127.0.0.1:0
origin=http://$started_at
echo "gate   $gate"
echo "origin $origin"

step "4/4 Send a batch"
write_items "$origin" >"$run_dir/items.ndjson"
printf '%s%s post --target %s --items items.ndjson%s\n' "$faint" "$bin/postern" "$gate" "$plain"
status=0
"$bin/postern" post --target "$gate" --items "$run_dir/items.ndjson" --no-progress --color "$color" \
  2>"$run_dir/summary" | tee "$run_dir/results.ndjson" | shorten || status=${PIPESTATUS[0]}
echo
cat "$run_dir/summary"

[[ $status -eq 3 ]] || die "postern post ended with status $status; 3, for failed items, was expected"
expect $((ok_items + slow_items + broken_items + 3)) '^\{"id":' "results in all"
expect "$ok_items" '"id":"order-.*"status":200,' "answers with 200"
expect "$broken_items" '"id":"broken-.*"status":500,' "answers with 500"
expect "$slow_items" '"id":"slow-.*"code":"TIMEOUT".*"phase":"WAIT"' "timeouts while waiting for the origin"
expect 1 '"id":"no-such-name".*"code":"DNS"' "name that does not resolve"
expect 1 '"id":"nobody-listens".*"code":"CONNECT"' "refused connection"
expect 1 '"id":"malformed".*"code":"INVALID_ITEM"' "malformed item"

last=$(tail -n "$slow_items" "$run_dir/results.ndjson" | grep --count '"id":"slow-' || true)
[[ $last -eq $slow_items ]] || die "the slow items were not the last to finish: they held up others"

cat <<END

${green}All as expected.${plain} One batch went in, and each item got its own verdict as soon as it had one:
- an answer is an answer, 500 included; a failure has a code and says whether the origin may have acted
- $slow_items items waited for a slow origin until their own deadline, and held up nobody
- a bad name, a dead port and a malformed URL cost only the items they belong to

${bold}To try next${plain}
  $bin/posternd --allow-cidr 127.0.0.0/8     a gate on 127.0.0.1:50051, and in other shells:
  $bin/postern demo-origin                   an origin to call; it prints its address
  $bin/postern post URL -d 'hello'           one item; "post --help" tells the rest
  tests/run.sh                                            every test
README.md has a first batch from Python and from C++.
END
