#include "net/resolver.h"

#include <algorithm>
#include <deque>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include "name_server.h"
#include "sockets.h"

namespace postern::net {
namespace {

using core::FailureCode;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::NameServer;
using Reply = NameServer::Zone::Reply;

TEST(SpelledAddressTest, ReadsEverySpellingOfTheSystemsResolver) {
  const struct {
    const char* host;
    const char* address;
  } cases[] = {
      {"127.0.0.1", "127.0.0.1"},
      {"::1", "::1"},
      {"127.1", "127.0.0.1"},
      {"127.0.1", "127.0.0.1"},
      {"2130706433", "127.0.0.1"},
      {"0x7f.1", "127.0.0.1"},
      {"0x7f000001", "127.0.0.1"},
      {"0X7F000001", "127.0.0.1"},
      {"017700000001", "127.0.0.1"},
      {"0177.0.0.01", "127.0.0.1"},
      {"0", "0.0.0.0"},
      {"10.65535", "10.0.255.255"},
      {"169.16689662", "169.254.169.254"},
      {"::ffff:127.0.0.1", "::ffff:127.0.0.1"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(SpelledAddress(c.host), core::IpAddress::Parse(c.address)) << c.host;
  }
  for (const char* name : {"a", "1a", "1.2.3.4.5", "256.0.0.1", "4294967296", "0x", "1.2.3.4x",
                           "localhost", "", "1..2"}) {
    EXPECT_EQ(SpelledAddress(name), std::nullopt) << name;
  }
}

class ResolverTest : public testing::Test {
 protected:
  // A call of Resolve under way or ended.
  struct Call {
    bool ended = false;
    Resolver::Resolution resolution;

    std::vector<std::string> addresses() const {
      std::vector<std::string> texts;
      for (const core::IpAddress& address : resolution.addresses)
        texts.push_back(address.ToString());
      return texts;
    }
  };

  ResolverTest() : work_(io_.get_executor()), loop_(io_) {}

  void SetUp() override {
    // Only what a test is about is short.
    limits_.min_ttl = hours(1);
    limits_.max_ttl = hours(1);
    limits_.failure_ttl = hours(1);
    limits_.resolution_delay = hours(1);
    limits_.query_timeout = hours(1);
  }

  Resolver& resolver() {
    if (!resolver_) {
      auto channel = AresChannel::Create(io_.get_executor(), limits_, {server_.endpoint()});
      EXPECT_TRUE(channel.ok()) << channel.status();
      resolver_ = std::make_unique<Resolver>(loop_, limits_, *std::move(channel));
    }
    return *resolver_;
  }

  void Start(Call& call, const std::string& host, core::Duration time = hours(1)) {
    asio::co_spawn(io_, Run(resolver(), host, core::Clock::now() + time, call), asio::detached);
  }
  void Await(const Call& call) {
    const core::TimePoint end = core::Clock::now() + test::Patience();
    while (!call.ended && core::Clock::now() < end) io_.run_one_until(end);
    ASSERT_TRUE(call.ended);
  }
  Call Resolve(const std::string& host, core::Duration time = hours(1)) {
    Call call;
    Start(call, host, time);
    Await(call);
    return call;
  }

  static Task<void> Run(Resolver& resolver, std::string host, core::TimePoint deadline,
                        Call& call) {
    call.resolution = co_await resolver.Resolve(std::move(host), deadline);
    call.ended = true;
  }

  using Texts = std::vector<std::string>;

  NameServer server_;
  core::DnsLimits limits_;
  asio::io_context io_{1};
  asio::executor_work_guard<Executor> work_;
  ShardLoop loop_;
  std::unique_ptr<Resolver> resolver_;
};

TEST_F(ResolverTest, KnowsSpelledAddressesLocalhostAndInvalidWithoutAsking) {
  EXPECT_EQ(Resolve("127.1").addresses(), Texts{"127.0.0.1"});
  EXPECT_FALSE(Resolve("127.1").resolution.from_name_server);
  for (const char* host : {"localhost", "a.localhost"}) {
    EXPECT_EQ(Resolve(host).addresses(), (Texts{"::1", "127.0.0.1"})) << host;
    EXPECT_EQ(server_.Questions(host), 0);
  }
  for (const char* host : {"invalid", "a.b.invalid"}) {
    EXPECT_EQ(Resolve(host).resolution.failure, FailureCode::kDns) << host;
    EXPECT_EQ(server_.Questions(host), 0);
  }
  server_.Set("notlocalhost.test", {.addresses = {"192.0.2.1"}});
  server_.Set("notinvalid.test", {.addresses = {"192.0.2.2"}});
  EXPECT_EQ(Resolve("notlocalhost.test").addresses(), Texts{"192.0.2.1"});
  EXPECT_EQ(Resolve("notinvalid.test").addresses(), Texts{"192.0.2.2"});
}

TEST_F(ResolverTest, AnswersWithTheAddressesOfBothFamilies) {
  server_.Set("both.test", {.addresses = {"192.0.2.1", "2001:db8::1", "192.0.2.2"}});
  const Call call = Resolve("both.test");
  EXPECT_EQ(call.resolution.failure, FailureCode::kNone);
  EXPECT_TRUE(call.resolution.from_name_server);
  Texts addresses = call.addresses();
  std::sort(addresses.begin(), addresses.end());
  EXPECT_EQ(addresses, (Texts{"192.0.2.1", "192.0.2.2", "2001:db8::1"}));
}

TEST_F(ResolverTest, OneFamilyIsEnough) {
  server_.Set("v4.test", {.addresses = {"192.0.2.1"}});
  server_.Set("v6.test", {.addresses = {"2001:db8::1"}});
  EXPECT_EQ(Resolve("v4.test").addresses(), Texts{"192.0.2.1"});
  EXPECT_EQ(Resolve("v6.test").addresses(), Texts{"2001:db8::1"});
}

TEST_F(ResolverTest, ManyWhoWaitShareOneLookup) {
  server_.Set("shared.test", {.addresses = {"192.0.2.1"}});
  std::deque<Call> calls(20);
  for (Call& call : calls) Start(call, "shared.test");
  for (const Call& call : calls) {
    Await(call);
    EXPECT_EQ(call.addresses(), Texts{"192.0.2.1"});
  }
  EXPECT_EQ(server_.Questions("shared.test"), 2) << "one for each family";
}

TEST_F(ResolverTest, AnAnswerIsKeptForItsTtlAtLeastTheMinimum) {
  server_.Set("kept.test", {.addresses = {"192.0.2.1"}, .ttl = 0});
  Resolve("kept.test");
  EXPECT_EQ(Resolve("kept.test").addresses(), Texts{"192.0.2.1"});
  EXPECT_EQ(server_.Questions("kept.test"), 2);
}

TEST_F(ResolverTest, AnAnswerIsAskedForAgainAfterItsTtl) {
  limits_.min_ttl = core::Duration::zero();
  server_.Set("moving.test", {.addresses = {"192.0.2.1"}, .ttl = 0});
  server_.Set("staying.test", {.addresses = {"192.0.2.1"}, .ttl = 3600});
  Resolve("moving.test");
  Resolve("staying.test");
  server_.Set("moving.test", {.addresses = {"192.0.2.2"}, .ttl = 0});
  server_.Set("staying.test", {.addresses = {"192.0.2.2"}, .ttl = 0});
  EXPECT_EQ(Resolve("moving.test").addresses(), Texts{"192.0.2.2"});
  EXPECT_EQ(Resolve("staying.test").addresses(), Texts{"192.0.2.1"});
}

TEST_F(ResolverTest, AnAnswerIsKeptNoLongerThanTheMaximum) {
  limits_.min_ttl = limits_.max_ttl = core::Duration::zero();
  server_.Set("long.test", {.addresses = {"192.0.2.1"}, .ttl = 1'000'000});
  Resolve("long.test");
  server_.Set("long.test", {.addresses = {"192.0.2.2"}});
  EXPECT_EQ(Resolve("long.test").addresses(), Texts{"192.0.2.2"});
}

TEST_F(ResolverTest, AFailureIsKeptForItsOwnTime) {
  EXPECT_EQ(Resolve("missing.test").resolution.failure, FailureCode::kDns);
  EXPECT_EQ(Resolve("missing.test").resolution.error, "no such name");
  EXPECT_EQ(server_.Questions("missing.test"), 2) << "both families, once";

  limits_.failure_ttl = core::Duration::zero();
  server_.Set("missing.test", {.addresses = {"192.0.2.1"}});
  EXPECT_EQ(Resolve("missing.test").resolution.failure, FailureCode::kDns)
      << "kept by its old time";
  EXPECT_EQ(Resolve("later.test").resolution.failure, FailureCode::kDns);
  server_.Set("later.test", {.addresses = {"192.0.2.1"}});
  EXPECT_EQ(Resolve("later.test").addresses(), Texts{"192.0.2.1"});
}

TEST_F(ResolverTest, ARefusingServerIsADnsFailure) {
  limits_.query_tries = 1;
  server_.Set("failing.test", {.reply = Reply::kServerFailure});
  const Call call = Resolve("failing.test");
  EXPECT_EQ(call.resolution.failure, FailureCode::kDns);
  EXPECT_NE(call.resolution.error, "");
}

TEST_F(ResolverTest, ANameWithoutAddressesIsADnsFailure) {
  server_.Set("empty.test", {});
  const Call call = Resolve("empty.test");
  EXPECT_EQ(call.resolution.failure, FailureCode::kDns);
  EXPECT_TRUE(call.resolution.addresses.empty());
}

TEST_F(ResolverTest, SilenceEndsAtTheDeadlineAndDelaysNobodyElse) {
  server_.Set("silent.test", {.reply = Reply::kSilence});
  server_.Set("other.test", {.addresses = {"192.0.2.1"}});
  Call silent;
  Start(silent, "silent.test", milliseconds(50) * test::Slowness());
  EXPECT_EQ(Resolve("other.test").addresses(), Texts{"192.0.2.1"});
  Await(silent);
  EXPECT_EQ(silent.resolution.failure, FailureCode::kTimeout);
  EXPECT_TRUE(silent.resolution.addresses.empty());
}

TEST_F(ResolverTest, EachWhoWaitsHasItsOwnDeadline) {
  server_.Set("silent.test", {.reply = Reply::kSilence});
  Call patient;
  Start(patient, "silent.test");
  EXPECT_EQ(Resolve("silent.test", milliseconds(5)).resolution.failure, FailureCode::kTimeout);
  EXPECT_FALSE(patient.ended);
}

TEST_F(ResolverTest, ServersThatNeverAnswerAreATimeout) {
  limits_.query_timeout = milliseconds(5);
  limits_.query_tries = 2;
  server_.Set("silent.test", {.reply = Reply::kSilence});
  const Call call = Resolve("silent.test");
  EXPECT_EQ(call.resolution.failure, FailureCode::kTimeout);
  EXPECT_GE(server_.Questions("silent.test"), 4) << "two tries for each family";
}

TEST_F(ResolverTest, MoreNamesThanItRemembersAreStillResolved) {
  limits_.max_entries = 2;
  for (const char* name : {"a.test", "b.test", "c.test", "d.test"}) {
    server_.Set(name, {.addresses = {"192.0.2.1"}});
    EXPECT_EQ(Resolve(name).addresses(), Texts{"192.0.2.1"}) << name;
  }
  EXPECT_EQ(Resolve("a.test").addresses(), Texts{"192.0.2.1"});
  EXPECT_EQ(server_.Questions("a.test"), 2);
  EXPECT_EQ(Resolve("d.test").addresses(), Texts{"192.0.2.1"});
  EXPECT_EQ(server_.Questions("d.test"), 4) << "not remembered, so asked again";
}

TEST_F(ResolverTest, MayBeDestroyedWithLookupsUnderWay) {
  server_.Set("silent.test", {.reply = Reply::kSilence});
  Call call;
  Start(call, "silent.test");
  while (server_.Questions("silent.test") == 0) io_.run_one_for(milliseconds(1));
  const std::size_t descriptors = test::OpenDescriptors();
  resolver_.reset();
  EXPECT_LT(test::OpenDescriptors(), descriptors) << "its sockets are closed";
  io_.poll();
  EXPECT_FALSE(call.ended);
}

}  // namespace
}  // namespace postern::net
