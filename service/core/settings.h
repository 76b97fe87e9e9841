#ifndef POSTERN_CORE_SETTINGS_H_
#define POSTERN_CORE_SETTINGS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/time.h"

// Every default number of the gate, with its unit and reason. Nothing else in the code invents one.
namespace postern::core {

// What one item may ask for, and what it gets when it does not ask.
struct ItemLimits {
  Duration default_timeout = std::chrono::seconds(30);
  // Longer timeouts are clamped to this.
  Duration max_timeout = std::chrono::minutes(10);
  std::size_t max_url_bytes = 8 * 1024;  // RFC 9110 section 4.1 recommends at least 8000
  std::size_t max_method_bytes = 32;
  std::size_t max_headers = 128;
  std::size_t max_header_bytes = 32 * 1024;  // names and values of one item, summed
  std::uint64_t default_response_body_bytes = 1024 * 1024;
  std::uint64_t max_response_body_bytes = 64 * 1024 * 1024;
};

// What a response may cost before it is refused as BAD_RESPONSE.
struct ResponseLimits {
  std::size_t max_header_bytes =
      64 * 1024;                      // all heads of one answer, 1xx included, and its trailers
  std::size_t max_headers = 128;      // fields, trailers included
  std::size_t max_informational = 8;  // 1xx heads before the final one
  std::size_t max_chunk_overhead = 64 * 1024;  // bytes of chunk extensions in one answer
  // A truncated body's rest is read to keep the connection only if it is at most this long.
  std::uint64_t max_drain_bytes = 64 * 1024;
};

// One origin's connections.
struct ConnectionLimits {
  std::size_t max_connections = 64;
  // Simultaneous dials (DNS, connect and TLS), so that a cold burst is no herd of handshakes.
  std::size_t max_dialling = 16;
  Duration idle_timeout = std::chrono::seconds(30);
  Duration max_age = std::chrono::minutes(5);  // so that DNS changes are followed
  double max_age_jitter = 0.1;                 // share of max_age taken off at random
  Duration origin_idle_timeout =
      std::chrono::minutes(10);  // without items and connections, then forgotten
};

// The steps of opening a connection.
struct DialLimits {
  Duration dns_timeout = std::chrono::seconds(5);
  Duration connect_timeout = std::chrono::seconds(5);
  Duration tls_timeout = std::chrono::seconds(5);
  Duration happy_eyeballs_delay = std::chrono::milliseconds(250);  // RFC 8305 section 5
  std::size_t max_addresses = 16;                                  // of one name that are tried
};

struct DnsLimits {
  Duration min_ttl = std::chrono::seconds(1);
  Duration max_ttl = std::chrono::minutes(5);
  Duration failure_ttl = std::chrono::seconds(1);
  Duration resolution_delay = std::chrono::milliseconds(50);  // RFC 8305 section 3
  Duration query_timeout = std::chrono::milliseconds(1500);   // before the next try or server
  int query_tries = 3;
  std::size_t max_entries = 100'000;  // names remembered per shard
};

// The gRPC front.
struct RpcLimits {
  std::size_t max_request_message_bytes = 64 * 1024 * 1024;
  // Results go out in messages of about this size: below the 4 MiB that gRPC clients accept by
  // default.
  std::size_t result_message_bytes = 512 * 1024;
  std::uint64_t max_items_in_flight = 1'000'000;
  // Items end this much before their RPC's deadline, so that their results still reach the caller.
  Duration max_deadline_margin = std::chrono::milliseconds(100);
  int max_concurrent_streams = 1'000;  // RPCs per client connection
  Duration shutdown_grace = std::chrono::seconds(20);
};

struct Settings {
  ItemLimits item;
  ResponseLimits response;
  ConnectionLimits connection;
  DialLimits dial;
  DnsLimits dns;
  RpcLimits rpc;
};

}  // namespace postern::core

#endif  // POSTERN_CORE_SETTINGS_H_
