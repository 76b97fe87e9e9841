#include "net/http1_connection.h"

#include <algorithm>
#include <array>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "http/request_head.h"

namespace postern::net {
namespace {

using core::Delivery;
using core::Failure;
using core::FailureCode;
using core::Item;
using core::Phase;
using core::TimePoint;

constexpr std::size_t kTlsBlockBytes = 16 * 1024;  // one TLS record (RFC 8446 section 5.1)

// The origin closes at its own timeout; being earlier by this keeps us from writing into a closing
// connection.
constexpr core::Duration kKeepAliveMargin = std::chrono::seconds(1);

TimePoint RetirementTime(const core::ConnectionLimits& limits, TimePoint now,
                         std::mt19937_64& random) {
  const double share = std::uniform_real_distribution<double>(0, limits.max_age_jitter)(random);
  return now + std::chrono::duration_cast<core::Duration>(limits.max_age * (1 - share));
}

}  // namespace

Http1Connection::Http1Connection(ShardLoop& loop, const core::Settings& settings, Dialler& dialler,
                                 const core::Destination& destination, TlsSessions& sessions,
                                 ConnectionOwner& owner)
    : loop_(loop),
      settings_(settings),
      dialler_(dialler),
      destination_(destination),
      sessions_(sessions),
      owner_(owner),
      idle_timeout_(settings.connection.idle_timeout),
      reader_(settings.response) {}

void Http1Connection::Open() {
  // Never on the caller's stack: a dial may fail at once, and its origin then dials for the next
  // item.
  asio::post(loop_.executor(), [self = shared_from_this()] {
    asio::co_spawn(self->loop_.executor(), self->Run(self), asio::detached);
  });
}

Task<void> Http1Connection::Run(std::shared_ptr<Http1Connection> /*self*/) {
  try {
    co_await DialAndServe();
  } catch (const std::exception& error) {  // out of memory, say: no item may be lost to it
    OnException(error.what());
  }
}

void Http1Connection::OnException(std::string_view what) {
  const std::string message = "internal error: " + std::string(what);
  if (state_ == State::kDialling) {
    state_ = State::kClosed;
    owner_.OnDialFailed(*this, {FailureCode::kInternal, dial_.phase, Delivery::kNotSent, message});
  } else if (state_ == State::kBusy) {
    FailExchange(FailureNow(FailureCode::kInternal, message), loop_.Now());
  } else {
    Close();
  }
}

Task<void> Http1Connection::DialAndServe() {
  Failure failure;
  channel_ = co_await dialler_.Dial(destination_, sessions_, dial_, failure);
  if (!channel_) {
    state_ = State::kClosed;
    owner_.OnDialFailed(*this, std::move(failure));
    co_return;
  }
  retire_at_ = RetirementTime(settings_.connection, dial_.ended, loop_.random());
  state_ = State::kIdle;
  owner_.OnDialled(*this);
  TakeNext(dial_.ended);
  while (state_ != State::kClosed) {
    std::size_t space = 0;
    char* const free = buffer_.Prepare(space);
    const auto into = asio::buffer(free, space);
    if (channel_->tls) {
      const auto [ec, bytes] = co_await channel_->tls->async_read_some(into, kUseTask);
      OnRead(ec, bytes);
    } else {
      const auto [ec, bytes] = co_await channel_->socket.async_read_some(into, kUseTask);
      OnRead(ec, bytes);
    }
  }
}

// Pulls the next item, or goes idle when there is none.
void Http1Connection::TakeNext(TimePoint now) {
  if (now >= retire_at_) return Close();
  if (Item* const item = owner_.NextItem(now)) {
    Begin(*item, now);
  } else {
    BecomeIdle(now);
  }
}

void Http1Connection::BecomeIdle(TimePoint now) {
  state_ = State::kIdle;
  loop_.Arm(idle_timer_, std::min(now + idle_timeout_, retire_at_));
  owner_.OnIdle(*this);
}

bool Http1Connection::Serve(Item& item) {
  if (!QuietSinceLastAnswer()) {
    Close();
    return false;
  }
  Begin(item, loop_.Now());
  return true;
}

// Whether nothing came on the idle connection that the pending read has not seen yet: neither a
// close nor a byte.
bool Http1Connection::QuietSinceLastAnswer() {
  char byte;
  const ssize_t n = ::recv(channel_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Http1Connection::Begin(Item& item, TimePoint now) {
  state_ = State::kBusy;
  idle_timer_.Cancel();
  item.holder = this;
  if (item.attempt_timeout > core::Duration::zero()) {
    loop_.Arm(item, std::min(item.deadline, now + item.attempt_timeout));
  }
  exchange_ = Exchange{&item, std::make_unique<core::Result>(), now, {}, {}, 0, answers_ > 0};
  head_.clear();
  http::AppendRequestHead(item.request, head_);
  const bool is_head = item.request.method == "HEAD";
  reader_.Start(is_head ? http::RequestKind::kHead : http::RequestKind::kOrdinary, item.body_rule,
                exchange_.result->response);
  Write();
}

void Http1Connection::Write() {
  if (channel_->tls) {
    WriteTls();
  } else {
    WritePlain();
  }
}

// Head and body in one gathered write, tried at once; the rest, if any, when the socket takes it.
void Http1Connection::WritePlain() {
  const std::string_view body = exchange_.item->request.body;
  while (exchange_.written < RequestSize()) {
    const std::size_t in_head = std::min(exchange_.written, head_.size());
    const std::array<asio::const_buffer, 2> rest = {
        asio::buffer(head_) + in_head,
        asio::buffer(body.data(), body.size()) + (exchange_.written - in_head)};
    error_code ec;
    const std::size_t bytes = channel_->socket.write_some(rest, ec);
    if (ec == asio::error::would_block) return WaitWritable();
    if (ec) return OnWriteError(ec);
    exchange_.written += bytes;
  }
  exchange_.sent = loop_.Now();
}

void Http1Connection::WaitWritable() {
  writing_ = true;
  channel_->socket.async_wait(TcpSocket::wait_write, [self = shared_from_this()](error_code ec) {
    self->writing_ = false;
    if (self->state_ != State::kBusy) return;
    if (ec) return self->OnWriteError(ec);
    self->WritePlain();
  });
}

// Through a block of our own: what TLS still reads must not go away with an item that ends early.
void Http1Connection::WriteTls() {
  const std::string_view body = exchange_.item->request.body;
  tls_block_.clear();
  if (exchange_.written == 0) tls_block_ = head_;
  const std::size_t in_body = exchange_.written - std::min(exchange_.written, head_.size());
  const std::size_t room = kTlsBlockBytes - std::min(kTlsBlockBytes, tls_block_.size());
  tls_block_.append(body.substr(in_body, room));
  exchange_.written += tls_block_.size();  // from here on some of it may be on the wire
  writing_ = true;
  asio::async_write(*channel_->tls, asio::buffer(tls_block_),
                    [self = shared_from_this()](error_code ec, std::size_t) {
                      self->writing_ = false;
                      if (self->state_ != State::kBusy) return;
                      if (ec) return self->OnWriteError(ec);
                      if (self->exchange_.written < self->RequestSize()) return self->WriteTls();
                      self->exchange_.sent = self->loop_.Now();
                    });
}

void Http1Connection::OnWriteError(error_code ec) {
  // An origin may answer and close without reading everything: its answer may still be on the way
  // in.
  if (exchange_.written > 0) return;
  FailExchange(
      FailureNow(FailureCode::kConnectionLost, "connection lost while sending: " + ec.message()),
      loop_.Now());
}

void Http1Connection::OnRead(error_code ec, std::size_t bytes) {
  if (state_ == State::kClosed) return;
  if (state_ == State::kIdle) return Close();  // the origin closed, or spoke out of turn
  const TimePoint now = loop_.Now();
  if (exchange_.first_byte == TimePoint{} && bytes > 0) exchange_.first_byte = now;
  buffer_.Commit(bytes);
  buffer_.Consume(reader_.Feed(buffer_.data()));
  if (ec && reader_.status() == http::ResponseReader::Status::kMore) {
    if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated) {
      reader_.FeedEnd(ec == asio::error::eof ? http::StreamEnd::kClean
                                             : http::StreamEnd::kTruncated);
    } else {
      return FailExchange(
          FailureNow(FailureCode::kConnectionLost, "connection lost: " + ec.message()), now);
    }
  }
  switch (reader_.status()) {
    case http::ResponseReader::Status::kMore:
      return;
    case http::ResponseReader::Status::kFailed:
      return FailExchange(FailureNow(reader_.failure(), reader_.error()), now);
    case http::ResponseReader::Status::kDone:
      return OnAnswer(now);
  }
}

void Http1Connection::OnAnswer(TimePoint now) {
  const bool request_through = exchange_.written == RequestSize() && !writing_;
  const bool clean = reader_.reusable() && buffer_.empty() && request_through;
  if (const auto timeout = reader_.keep_alive_timeout()) {
    idle_timeout_ = std::min(settings_.connection.idle_timeout,
                             std::max(*timeout - kKeepAliveMargin, *timeout / 2));
  }
  ++answers_;
  EndExchange(FailureCode::kNone, now);
  if (clean) {
    TakeNext(now);
  } else {
    Close();
  }
}

void Http1Connection::OnItemDeadline(Item&, TimePoint now) {
  FailExchange(FailureNow(FailureCode::kTimeout, "deadline passed"), now);
}

void Http1Connection::OnItemCancelled(Item&, core::CancelReason reason, TimePoint now) {
  const bool caller = reason == core::CancelReason::kCaller;
  FailExchange(FailureNow(FailureCode::kCancelled,
                          caller ? "cancelled by the caller" : "cut by the gate's shutdown"),
               now);
}

Phase Http1Connection::PhaseNow() const {
  if (exchange_.first_byte != TimePoint{}) return Phase::kReceive;
  return exchange_.sent != TimePoint{} ? Phase::kWait : Phase::kSend;
}

Delivery Http1Connection::DeliveryNow() const {
  if (reader_.head_complete()) return Delivery::kAnswered;
  return exchange_.written > 0 ? Delivery::kMaybeSent : Delivery::kNotSent;
}

Failure Http1Connection::FailureNow(FailureCode code, std::string message) const {
  return {code, PhaseNow(), DeliveryNow(), std::move(message)};
}

// Ends the item with the failure and closes the connection, which is of no further use.
void Http1Connection::FailExchange(Failure failure, TimePoint now) {
  Item& item = *exchange_.item;
  const bool stale = failure.code == FailureCode::kConnectionLost && exchange_.reused &&
                     failure.delivery == Delivery::kNotSent && !item.resent;
  if (stale) {
    item.resent = true;
    exchange_ = {};
    Close();
    return owner_.TakeBack(item);
  }
  const FailureCode code = failure.code;
  exchange_.result->failure = std::move(failure);
  EndExchange(code, now);
  Close();
}

void Http1Connection::EndExchange(FailureCode failure, TimePoint now) {
  exchange_.result->attempts.push_back(AttemptRecord(failure, now));
  Item& item = *std::exchange(exchange_.item, nullptr);
  loop_.End(item, std::move(exchange_.result));
}

core::Attempt Http1Connection::AttemptRecord(FailureCode failure, TimePoint now) const {
  core::Attempt attempt;
  attempt.status = reader_.head_complete() ? exchange_.result->response.status : 0;
  attempt.failure = failure;
  attempt.phase = PhaseNow();
  attempt.connection_reused = exchange_.reused;
  attempt.remote = dial_.remote;
  const TimePoint queued = exchange_.item->queued_at;
  if (!exchange_.reused) AddDialTimes(dial_, queued, attempt.times);
  attempt.times.queue =
      exchange_.began - queued - attempt.times.dns - attempt.times.connect - attempt.times.tls;
  const bool sent = exchange_.sent != TimePoint{};
  const bool answered = exchange_.first_byte != TimePoint{};
  const TimePoint send_end = sent ? exchange_.sent : answered ? exchange_.first_byte : now;
  attempt.times.send = send_end - exchange_.began;
  if (sent) attempt.times.wait = (answered ? exchange_.first_byte : now) - exchange_.sent;
  if (answered) attempt.times.receive = now - exchange_.first_byte;
  return attempt;
}

void Http1Connection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  idle_timer_.Cancel();
  channel_->Close();
  owner_.OnClosed(*this);
}

}  // namespace postern::net
