#ifndef POSTERN_NET_ORIGIN_H_
#define POSTERN_NET_ORIGIN_H_

#include <functional>
#include <vector>

#include <boost/intrusive/list.hpp>

#include "core/destination.h"
#include "core/item.h"
#include "core/settings.h"
#include "net/dialler.h"
#include "net/http1_connection.h"
#include "net/shard_loop.h"

namespace postern::net {

// One origin: its queue of waiting items and its pool of connections, which pull from it.
class Origin final : public core::ItemHolder, public ConnectionOwner {
 public:
  // `forget` is called when the origin has had neither item nor connection for some minutes; it
  // destroys the origin.
  Origin(ShardLoop& loop, const core::Settings& settings, Dialler& dialler,
         core::Destination destination, std::function<void(Origin&)> forget);
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  const core::Destination& destination() const { return destination_; }

  // Queues a new item and sees to it that something will serve it.
  void Enqueue(core::Item& item);

 private:
  class ForgetTimer final : public core::Timer {
   public:
    explicit ForgetTimer(Origin& origin) : origin_(origin) {}

   private:
    void OnTimer(core::TimePoint) override { origin_.forget_(origin_); }
    Origin& origin_;
  };

  using IdleConnections = boost::intrusive::list<
      Http1Connection,
      boost::intrusive::member_hook<Http1Connection, IdleHook, &Http1Connection::idle_hook>,
      boost::intrusive::constant_time_size<false>>;

  core::Item* NextItem(core::TimePoint now) override;
  void TakeBack(core::Item& item) override;
  void OnDialled(Http1Connection& connection) override;
  void OnDialFailed(Http1Connection& connection, core::Failure failure) override;
  void OnIdle(Http1Connection& connection) override;
  void OnClosed(Http1Connection& connection) override;
  void OnItemDeadline(core::Item& item, core::TimePoint now) override;
  void OnItemCancelled(core::Item& item, core::CancelReason reason, core::TimePoint now) override;

  void Work();
  void DialAsPlanned(std::size_t waiting);
  // The dial that waiting items wait for: the one furthest on, or null where an open connection
  // will serve them.
  const DialProgress* DialWaitedFor() const;
  void EndQueued(core::Item& item, core::FailureCode code, std::string_view what,
                 core::TimePoint now);
  void ForgetIfUnused();

  ShardLoop& loop_;
  const core::Settings& settings_;
  Dialler& dialler_;
  const core::Destination destination_;
  const std::function<void(Origin&)> forget_;
  ForgetTimer forget_timer_{*this};
  TlsSessions tls_sessions_;

  core::ItemQueue queue_;
  std::vector<const Http1Connection*> dialling_;
  IdleConnections idle_;  // last used first, so that surplus ages out at the back
  std::size_t open_ = 0;  // connections, idle or serving
};

}  // namespace postern::net

#endif  // POSTERN_NET_ORIGIN_H_
