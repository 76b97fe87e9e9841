#include "net/shard.h"

#include <utility>

#include <boost/asio/post.hpp>

namespace postern::net {

using core::Batch;
using core::Destination;
using core::Item;
using core::ItemQueue;

namespace {

// Items on their way to the shard's thread; a queue itself cannot be copied, as handlers must be
// movable only.
struct Delivery {
  std::shared_ptr<Batch> batch;
  ItemQueue items;
};

}  // namespace

Shard::Shard(const core::Settings& settings, const EgressOptions& options)
    : settings_(settings), options_(options), work_(io_.get_executor()), loop_(io_) {
  loop_.OnPartDone([this](core::BatchPart& part) { parts_.erase(part.batch.get()); });
}

absl::StatusOr<std::unique_ptr<Shard>> Shard::Create(const core::Settings& settings,
                                                     const EgressOptions& options) {
  std::unique_ptr<Shard> self(new Shard(settings, options));
  absl::StatusOr<std::unique_ptr<TlsClient>> tls = TlsClient::Create(options.ca_file);
  if (!tls.ok()) return tls.status();
  self->tls_ = *std::move(tls);
  absl::StatusOr<std::unique_ptr<AresChannel>> channel =
      AresChannel::Create(self->io_.get_executor(), settings.dns, options.dns_servers);
  if (!channel.ok()) return channel.status();
  self->resolver_ = std::make_unique<Resolver>(self->loop_, settings.dns, *std::move(channel));
  self->dialler_.emplace(self->loop_, settings.dial, options.address_rules, *self->resolver_,
                         *self->tls_);
  self->thread_ = std::thread([shard = self.get()] { shard->io_.run(); });
  return self;
}

Shard::~Shard() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void Shard::Accept(std::shared_ptr<Batch> batch, ItemQueue items) {
  auto delivery = std::make_unique<Delivery>(Delivery{std::move(batch), std::move(items)});
  asio::post(io_, [this, delivery = std::move(delivery)] {
    AcceptHere(std::move(delivery->batch), delivery->items);
  });
}

void Shard::Cancel(std::shared_ptr<Batch> batch) {
  asio::post(io_, [this, batch = std::move(batch)] {
    const auto found = parts_.find(batch.get());
    if (found != parts_.end()) CancelHere(found->second, core::CancelReason::kCaller);
  });
}

void Shard::CancelAll() {
  asio::post(io_, [this] {
    draining_ = true;
    for (auto& [batch, part] : parts_) CancelHere(part, core::CancelReason::kDraining);
  });
}

void Shard::AcceptHere(std::shared_ptr<Batch> batch, ItemQueue& items) {
  core::BatchPart& part = parts_[batch.get()];
  part.batch = std::move(batch);
  const core::TimePoint now = loop_.Now();
  const Destination* last = nullptr;
  Origin* origin = nullptr;
  while (!items.empty()) {
    Item& item = items.front();
    items.pop_front();
    item.part = &part;
    item.queued_at = now;
    part.live.push_back(item);
    if (draining_ || part.batch->cancelled()) {
      EndUnstarted(item, draining_ ? core::CancelReason::kDraining : core::CancelReason::kCaller);
      continue;
    }
    if (item.request.destination != last) {
      last = item.request.destination;
      origin = &OriginOf(*last);
    }
    origin->Enqueue(item);
  }
}

// Ending an item takes it off the list. From the back, so that what waits is gone before a running
// item's connection is closed: nothing is dialled for it any more.
void Shard::CancelHere(core::BatchPart& part, core::CancelReason reason) {
  const core::TimePoint now = loop_.Now();
  while (!part.live.empty())
    part.live.back().holder->OnItemCancelled(part.live.back(), reason, now);
}

void Shard::EndUnstarted(Item& item, core::CancelReason reason) {
  auto result = std::make_unique<core::Result>();
  const bool caller = reason == core::CancelReason::kCaller;
  result->failure = {caller ? core::FailureCode::kCancelled : core::FailureCode::kDraining,
                     core::Phase::kQueue, core::Delivery::kNotSent,
                     caller ? "cancelled by the caller" : "the gate is shutting down"};
  loop_.End(item, std::move(result));
}

Origin& Shard::OriginOf(const Destination& destination) {
  std::unique_ptr<Origin>& origin = origins_[destination];
  if (!origin) {
    const auto forget = [this](Origin& unused) {
      origins_.erase(Destination(unused.destination()));
    };
    origin = std::make_unique<Origin>(loop_, settings_, *dialler_, destination, forget);
  }
  return *origin;
}

}  // namespace postern::net
