#ifndef POSTERN_CORE_DISPATCHER_H_
#define POSTERN_CORE_DISPATCHER_H_

#include <atomic>
#include <memory>

#include "core/item.h"

// Where the gRPC front and the shards meet; neither knows the other.
namespace postern::core {

// One caller's batch, shared by its RPC and by the shards that still hold items of it.
class Batch {
 public:
  virtual ~Batch() = default;

  // Takes ended items, their results set. Each dispatched item is delivered exactly once;
  // afterwards the shard does not touch it again. Called from shard threads, one call per shard and
  // turn of its loop.
  virtual void Deliver(ItemQueue& ended) = 0;

  // Sticky: once cancelled, items end as CANCELLED instead of being started.
  void MarkCancelled() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

// A batch as one shard sees it.
struct BatchPart {
  std::shared_ptr<Batch> batch;
  LiveItems live;   // dispatched to this shard, not yet ended
  ItemQueue ended;  // waiting for the end of the loop's turn
};

class Dispatcher {
 public:
  virtual ~Dispatcher() = default;

  // Hands the items over to the shards of their destinations; `items` is empty afterwards.
  // Thread-safe.
  virtual void Dispatch(std::shared_ptr<Batch> batch, ItemQueue& items) = 0;

  // Ends every item of the batch that has not ended yet, as CANCELLED. Thread-safe, idempotent.
  virtual void Cancel(std::shared_ptr<Batch> batch) = 0;

  // For the end of a drain: ends all items there are, and at once all that are still dispatched.
  // Thread-safe, sticky.
  virtual void CancelAll() = 0;
};

}  // namespace postern::core

#endif  // POSTERN_CORE_DISPATCHER_H_
