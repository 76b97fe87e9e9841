#ifndef POSTERN_CLI_POST_HELP_H_
#define POSTERN_CLI_POST_HELP_H_

namespace postern::cli {

// The part of `postern post --help` after the options.
inline constexpr const char* kPostHelp =
    R"(Durations are seconds, or have a unit: 0.5, 250ms, 2s, 1m30s.

Items (--items), one JSON object a line, all fields optional:
  id               text, echoed in the result
  url, method      text
  headers          {"name": "value", ...} or [["name", "value"], ...]
  body             text
  body_base64      bytes in base64
  json             any JSON, sent without needless blanks; adds content-type
                   application/json unless one is given. Numbers keep 64 bits
                   or double precision: for more use body
  timeout, attempt_timeout
                   seconds as a number, or text such as "250ms"
  idempotency      "idempotent" or "not_idempotent"
  idempotency_key  text
  response_body    {"mode": "keep|truncate|discard", "max_bytes": N}
  retry            {"max_attempts": N, "initial_backoff": DURATION,
                    "max_backoff": DURATION, "retry_statuses": [N, ...]}
  credential, signing_secret
                   text, names configured on the gate
Options of the request hold for items that do not set the same field; headers
merge by name. Lines are sent as they arrive, in batches: a pipe sees results
before its end.

Results, on standard output, one JSON object a line, in the order in which
items finish:
  id, index        the item; index counts lines that are not blank, from 0
  status, headers, body or body_base64 (where not UTF-8), body_truncated
                   the response, of any status; or instead
  failure          {"code", "message", "delivery", "retry_after_ms"}
                   delivery: NOT_SENT, MAYBE_SENT or ANSWERED tells whether
                   the origin may have acted
  attempts         [{"status", "failure", "phase", "connection_reused",
                     "remote_address", "queue_us", "dns_us", ...}, ...]

Summary, on standard error: latency is from sending an item to its result, as
seen here; origin is from sending the last attempt's request to the last byte
of the response, as seen by the gate.

Exit status:
  0    every item got a response (with --fail: of a status below 400)
  1    wrong usage, nothing was sent
  2    bad input lines; the others were sent, unless --strict
  3    some items failed
  4    a call to the gate failed: some items have no result
  5    results could not be written
  130  interrupted (128 and the number of the signal)

Examples:
  postern post https://api.example.com/hooks -d '{"paid":true}' \
      -H 'content-type: application/json' --timeout 5s
  postern post https://api.example.com/upload -X PUT -d @photo.jpg
  postern post --items orders.ndjson > results.ndjson
  tail -f events.ndjson | postern post https://api.example.com/hooks --items -
  postern post http://127.0.0.1:8080/delay/0.1 --repeat 1000 > /dev/null
)";

}  // namespace postern::cli

#endif  // POSTERN_CLI_POST_HELP_H_
