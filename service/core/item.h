#ifndef POSTERN_CORE_ITEM_H_
#define POSTERN_CORE_ITEM_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <boost/intrusive/list.hpp>

#include "core/destination.h"
#include "core/result.h"
#include "core/time.h"
#include "core/timer_wheel.h"

namespace postern::core {

struct Item;
struct BatchPart;

struct HeaderView {
  std::string_view name;
  std::string_view value;
};

enum class BodyMode : std::uint8_t {
  kKeep,      // return the body; one over the limit fails the item
  kTruncate,  // return what fits
  kDiscard,   // read and drop
};

// What to send. Views into the caller's message, which outlives the item.
struct Request {
  const Destination* destination = nullptr;
  std::string_view method;
  std::string_view target;  // path and query as given; may lack the leading slash
  std::span<const HeaderView> headers;
  std::string_view idempotency_key;
  std::string_view body;
};

struct BodyRule {
  BodyMode mode = BodyMode::kKeep;
  std::uint64_t max_bytes = 0;
};

enum class CancelReason : std::uint8_t {
  kCaller,    // the caller went away or gave up
  kDraining,  // the gate is shutting down
};

// Whatever has the item right now: its origin's queue, or a connection. It is told what befalls the
// item.
class ItemHolder {
 public:
  virtual void OnItemDeadline(Item& item, TimePoint now) = 0;
  virtual void OnItemCancelled(Item& item, CancelReason reason, TimePoint now) = 0;

 protected:
  ~ItemHolder() = default;
};

using QueueHook =
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::safe_link>>;
using LiveHook =
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::safe_link>>;

// One item of a batch. It lives in its batch from conversion to delivery; everything else links it.
struct Item final : public Timer {
  // The request: constant once dispatched.
  Request request;
  BodyRule body_rule;
  std::uint64_t index = 0;      // position in the batch
  TimePoint deadline{};         // of the whole item
  Duration attempt_timeout{0};  // of one attempt; 0: none

  // The run: touched by the item's shard alone, from dispatch to delivery.
  BatchPart* part = nullptr;
  ItemHolder* holder = nullptr;
  TimePoint queued_at{};
  bool resent = false;             // after a stale connection; happens once
  std::unique_ptr<Result> result;  // set when the item has ended
  QueueHook queue_hook;            // in an origin's queue, then in the part's list of ended items
  LiveHook live_hook;              // in the part's list of items not yet ended

 private:
  void OnTimer(TimePoint now) override { holder->OnItemDeadline(*this, now); }
};

using ItemQueue =
    boost::intrusive::list<Item, boost::intrusive::member_hook<Item, QueueHook, &Item::queue_hook>>;
using LiveItems =
    boost::intrusive::list<Item, boost::intrusive::member_hook<Item, LiveHook, &Item::live_hook>,
                           boost::intrusive::constant_time_size<false>>;

}  // namespace postern::core

#endif  // POSTERN_CORE_ITEM_H_
