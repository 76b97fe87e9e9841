// Composes a batch of HTTP requests.
#ifndef POSTERN_BATCH_H_
#define POSTERN_BATCH_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "postern/types.h"

namespace postern {

// Sets the fields of one item of a Batch and returns itself, so that calls chain. Nothing is
// checked here: the gate answers a malformed item with INVALID_ITEM and the reason. Text other than
// bodies and header values must be UTF-8.
//
// A view, cheap to copy: valid while its Batch lives and is not moved from. Not thread-safe.
class ItemBuilder {
 public:
  explicit ItemBuilder(Item* item) : item_(item) {}

  // Echoed in the result and not interpreted. Default: empty; results also carry the item's index.
  ItemBuilder& Id(std::string_view id);
  // Absolute http or https URL without userinfo or fragment.
  ItemBuilder& Url(std::string_view url);
  // Default: POST.
  ItemBuilder& Method(std::string_view method);
  // Adds a header after those already there. The gate sets the framing headers (Content-Length,
  // Host and others).
  ItemBuilder& Header(std::string_view name, std::string_view value);
  // Any bytes.
  ItemBuilder& Body(std::string body);
  // Bounds the whole item, from its arrival at the gate to the last byte of the response. Over 0;
  // default and maximum are the gate's (30 s and 10 min unless configured).
  ItemBuilder& Timeout(std::chrono::nanoseconds timeout);
  // Bounds a single attempt. Over 0; default: only the item's timeout.
  ItemBuilder& AttemptTimeout(std::chrono::nanoseconds timeout);
  // Whether the origin may apply the request twice. Default: by method (RFC 9110 section 9.2.2).
  ItemBuilder& Idempotent();
  ItemBuilder& NotIdempotent();
  // Sent as the Idempotency-Key header on every attempt; implies Idempotent().
  ItemBuilder& IdempotencyKey(std::string_view key);
  // What becomes of the response body; default: keep, up to the gate's limit (1 MiB unless
  // configured). Keep: a longer body fails the item. Truncate: its first bytes are returned.
  // max_bytes 0: the gate's limit.
  ItemBuilder& KeepBody(std::uint64_t max_bytes);
  ItemBuilder& TruncateBody(std::uint64_t max_bytes);
  ItemBuilder& DiscardBody();

  // The message itself, for the fields without a setter here (retry, credential, signing_secret).
  Item& message() { return *item_; }

 private:
  Item* item_;
};

// Requests that are sent to the gate together, in one message: the gate's limit on a message's size
// holds for the whole batch. Not thread-safe.
class Batch {
 public:
  // Adds an item. The builder stays valid while further items are added.
  ItemBuilder Add(std::string_view url);
  // Adds a finished item.
  void Add(Item item);

  // Values that every item takes unless it sets its own; headers merge by name.
  ItemBuilder Defaults();

  std::size_t size() const { return static_cast<std::size_t>(request_.items_size()); }
  bool empty() const { return size() == 0; }
  const v1::PostBatchRequest& request() const { return request_; }

 private:
  v1::PostBatchRequest request_;
};

}  // namespace postern

#endif  // POSTERN_BATCH_H_
