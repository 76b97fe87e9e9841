#include "net/connect_race.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include "sockets.h"

namespace postern::net {
namespace {

using core::Clock;
using core::Endpoint;
using std::chrono::hours;
using std::chrono::milliseconds;
using test::Listener;

struct Outcome {
  bool connected = false;
  std::optional<Endpoint> peer;  // by the socket itself
  std::optional<Endpoint> last;
  bool timed_out = false;
  error_code error;
};

Endpoint PeerOf(const TcpSocket& socket) {
  const auto remote = socket.remote_endpoint();
  return {core::IpAddress::Parse(remote.address().to_string()).value(), remote.port()};
}

Task<void> RunRace(asio::io_context& io, std::vector<Endpoint> endpoints, core::Duration delay,
                   core::Duration time, Outcome& outcome) {
  ConnectRace race(io.get_executor(), std::move(endpoints), delay);
  const std::optional<TcpSocket> socket = co_await race.Run(Clock::now() + time);
  outcome.connected = socket.has_value();
  if (socket) outcome.peer = PeerOf(*socket);
  outcome.last = race.last_endpoint();
  outcome.timed_out = race.timed_out();
  outcome.error = race.last_error();
}

Outcome Race(std::vector<Endpoint> endpoints, core::Duration delay, core::Duration time) {
  const std::size_t descriptors = test::OpenDescriptors();
  Outcome outcome;
  {
    asio::io_context io(1);
    asio::co_spawn(io, RunRace(io, std::move(endpoints), delay, time, outcome), asio::detached);
    io.run();  // ends when no attempt is pending any more
  }
  EXPECT_EQ(test::OpenDescriptors(), descriptors) << "every socket is closed";
  return outcome;
}

TEST(ConnectRaceTest, ConnectsToTheOnlyAddress) {
  const Listener listener;
  const Outcome outcome = Race({listener.endpoint()}, hours(1), test::Patience());
  EXPECT_TRUE(outcome.connected);
  EXPECT_EQ(outcome.peer, listener.endpoint());
  EXPECT_EQ(outcome.last, listener.endpoint());
  EXPECT_FALSE(outcome.timed_out);
}

TEST(ConnectRaceTest, TheFirstAddressIsPreferred) {
  const Listener first;
  const Listener second(Listener::Kind::kAccepting, "127.0.0.2");
  EXPECT_EQ(Race({first.endpoint(), second.endpoint()}, hours(1), test::Patience()).peer,
            first.endpoint());
}

TEST(ConnectRaceTest, ARefusalBringsTheNextAtOnce) {
  const Listener first(Listener::Kind::kRefusing, "127.0.0.2");
  const Listener second(Listener::Kind::kRefusing, "127.0.0.3");
  const Listener third;
  const Outcome outcome =
      Race({first.endpoint(), second.endpoint(), third.endpoint()}, hours(1), test::Patience());
  EXPECT_EQ(outcome.peer, third.endpoint()) << "without waiting for the delay of an hour";
}

TEST(ConnectRaceTest, SilenceBringsTheNextAfterTheDelay) {
  const Listener silent(Listener::Kind::kBlackHole, "127.0.0.2");
  const Listener alive;
  const core::Duration delay = milliseconds(20);
  const core::TimePoint begin = Clock::now();
  const Outcome outcome = Race({silent.endpoint(), alive.endpoint()}, delay, test::Patience());
  EXPECT_EQ(outcome.peer, alive.endpoint());
  EXPECT_EQ(outcome.last, alive.endpoint());
  EXPECT_GE(Clock::now() - begin, delay);
}

TEST(ConnectRaceTest, OneThatAnswersEndsTheWaitForASilentOne) {
  const Listener silent(Listener::Kind::kBlackHole, "127.0.0.2");
  const Listener refusing(Listener::Kind::kRefusing, "127.0.0.3");
  const Listener alive;
  EXPECT_EQ(Race({silent.endpoint(), refusing.endpoint(), alive.endpoint()}, milliseconds(1),
                 test::Patience())
                .peer,
            alive.endpoint());
}

TEST(ConnectRaceTest, AllRefusedIsAFailureAtOnce) {
  const Listener first(Listener::Kind::kRefusing);
  const Listener second(Listener::Kind::kRefusing, "127.0.0.2");
  const Outcome outcome = Race({first.endpoint(), second.endpoint()}, hours(1), hours(1));
  EXPECT_FALSE(outcome.connected);
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_EQ(outcome.error, asio::error::connection_refused);
  EXPECT_EQ(outcome.last, second.endpoint());
}

TEST(ConnectRaceTest, TheDeadlineEndsEverySilence) {
  const Listener first(Listener::Kind::kBlackHole);
  const Listener second(Listener::Kind::kBlackHole, "127.0.0.2");
  const core::Duration time = milliseconds(30);
  const core::TimePoint begin = Clock::now();
  const Outcome outcome = Race({first.endpoint(), second.endpoint()}, milliseconds(1), time);
  EXPECT_FALSE(outcome.connected);
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_GE(Clock::now() - begin, time);
  EXPECT_LT(Clock::now() - begin, test::Patience());
}

TEST(ConnectRaceTest, RefusalsBeforeASilentLastOneWaitForTheDeadline) {
  const Listener refusing(Listener::Kind::kRefusing);
  const Listener silent(Listener::Kind::kBlackHole, "127.0.0.2");
  const Outcome outcome =
      Race({refusing.endpoint(), silent.endpoint()}, hours(1), milliseconds(30));
  EXPECT_FALSE(outcome.connected);
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_EQ(outcome.last, silent.endpoint());
}

TEST(ConnectRaceTest, AnAddressOfTheOtherFamilyThatFailsIsPassedOver) {
  const Listener refusing(Listener::Kind::kRefusing);
  const Listener alive;
  const Endpoint other{core::IpAddress::Parse("::1").value(), refusing.endpoint().port};
  EXPECT_EQ(Race({other, alive.endpoint()}, hours(1), test::Patience()).peer, alive.endpoint());
}

}  // namespace
}  // namespace postern::net
