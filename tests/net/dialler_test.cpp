// Dialler, seen from outside: what may be dialled, and what a dial that fails is called.
#include "net/dialler.h"

#include <poll.h>

#include <gtest/gtest.h>

#include "fake_batch.h"
#include "name_server.h"
#include "scripted_origin.h"

namespace postern::net {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using test::FakeBatch;
using test::Listener;
using test::MakePool;
using test::NameServer;
using test::ScriptedOrigin;

constexpr const char* kDenied = "POLICY_DENIED in CONNECT, NOT_SENT";

std::string VerdictOn(core::Dispatcher& pool, const std::string& url) {
  const auto batch = FakeBatch::Make();
  batch->Add(url);
  batch->Dispatch(pool);
  batch->AwaitAll();
  return batch->Verdict(0);
}

bool WasReached(const Listener& listener) {
  pollfd waiting{listener.fd(), POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

TEST(DiallerTest, NothingIsSentToAForbiddenAddressHoweverItIsSpelled) {
  const Listener listener;
  const std::string port = ":" + std::to_string(listener.endpoint().port) + "/";
  const auto pool = MakePool({}, {.allowed = {}});
  for (const char* host : {"127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0",
                           "localhost", "LOCALHOST.", "a.localhost", "[::1]", "[::]",
                           "[::ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]"}) {
    EXPECT_EQ(VerdictOn(*pool, "http://" + (host + port)), kDenied) << host;
  }
  EXPECT_FALSE(WasReached(listener));
}

TEST(DiallerTest, AnOpenedRangeMayBeDialledAndNothingBesides) {
  ScriptedOrigin origin(ScriptedOrigin::Echo());
  const auto pool = MakePool({}, {.allowed = {"127.0.0.1/32"}});
  EXPECT_EQ(VerdictOn(*pool, origin.Url("/")), "200 /");
  const Listener other(Listener::Kind::kAccepting, "127.0.0.2");
  EXPECT_EQ(VerdictOn(*pool, "http://" + other.endpoint().ToString()), kDenied);
  EXPECT_FALSE(WasReached(other));
}

class DiallerNameTest : public testing::Test {
 protected:
  std::unique_ptr<core::Dispatcher> Pool(std::vector<std::string> allowed) {
    return MakePool(settings_, {.allowed = std::move(allowed), .dns_servers = {names_.endpoint()}});
  }
  std::string UrlOf(const std::string& name, const core::Endpoint& endpoint) {
    return "http://" + name + ":" + std::to_string(endpoint.port) + "/";
  }

  core::Settings settings_;
  NameServer names_;
};

TEST_F(DiallerNameTest, ANameIsConnectedToWhereItResolves) {
  ScriptedOrigin origin(ScriptedOrigin::Echo());
  names_.Set("origin.test", {.addresses = {"127.0.0.1"}});
  const auto pool = Pool({"127.0.0.0/8"});
  EXPECT_EQ(VerdictOn(*pool, UrlOf("origin.test", origin.endpoint())), "200 /");
}

// One forbidden address among the answers spoils them all: whoever controls the name tries to reach
// it.
TEST_F(DiallerNameTest, ANameThatAlsoPointsToAForbiddenAddressIsDenied) {
  const Listener listener;
  const auto pool = Pool({"127.0.0.1/32"});
  int number = 0;
  for (const char* forbidden : {"10.0.0.1", "127.0.0.2", "::1", "::ffff:169.254.169.254"}) {
    const std::string name = "mixed" + std::to_string(number++) + ".test";
    names_.Set(name, {.addresses = {"127.0.0.1", forbidden}});
    EXPECT_EQ(VerdictOn(*pool, UrlOf(name, listener.endpoint())), kDenied) << forbidden;
  }
  EXPECT_FALSE(WasReached(listener));
}

TEST_F(DiallerNameTest, TheCheckIsMadeOnEachDial) {
  settings_.dns.min_ttl = settings_.dns.max_ttl = core::Duration::zero();
  ScriptedOrigin origin([](ScriptedOrigin::Peer& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  const Listener other(Listener::Kind::kAccepting, "127.0.0.2");
  const auto pool = Pool({"127.0.0.1/32"});
  const std::string url = UrlOf("moving.test", origin.endpoint());
  names_.Set("moving.test", {.addresses = {"127.0.0.1"}});
  EXPECT_EQ(VerdictOn(*pool, url), "200 ");
  names_.Set("moving.test", {.addresses = {"127.0.0.2"}});
  EXPECT_EQ(VerdictOn(*pool, url), kDenied);
}

TEST_F(DiallerNameTest, ADeadFirstAddressCostsADelayAndNoItem) {
  settings_.dial.happy_eyeballs_delay = milliseconds(5);
  ScriptedOrigin origin(ScriptedOrigin::Echo());
  names_.Set("half.test",
             {.addresses = {"127.0.0.2", "127.0.0.1"}});  // nothing listens on the first
  const auto pool = Pool({"127.0.0.0/8"});
  EXPECT_EQ(VerdictOn(*pool, UrlOf("half.test", origin.endpoint())), "200 /");
}

TEST_F(DiallerNameTest, FailuresOfResolvingAreDnsFailures) {
  names_.Set("empty.test", {});
  names_.Set("failing.test", {.reply = NameServer::Zone::Reply::kServerFailure});
  settings_.dns.query_tries = 1;
  const auto pool = Pool({"127.0.0.0/8"});
  for (const char* name : {"missing.test", "empty.test", "failing.test", "a.invalid"}) {
    EXPECT_EQ(VerdictOn(*pool, std::string("http://") + name), "DNS in DNS, NOT_SENT") << name;
  }
}

TEST_F(DiallerNameTest, ASilentNameServerIsATimeoutOfItsPhase) {
  settings_.dial.dns_timeout = milliseconds(20);
  names_.Set("silent.test", {.reply = NameServer::Zone::Reply::kSilence});
  const auto pool = Pool({"127.0.0.0/8"});
  EXPECT_EQ(VerdictOn(*pool, "http://silent.test"), "TIMEOUT in DNS, NOT_SENT");
}

TEST(DiallerTest, ASilentAddressIsATimeoutOfItsPhase) {
  const Listener silent(Listener::Kind::kBlackHole);
  core::Settings settings;
  settings.dial.connect_timeout = milliseconds(20);
  const auto pool = MakePool(settings);
  EXPECT_EQ(VerdictOn(*pool, "http://" + silent.endpoint().ToString()),
            "TIMEOUT in CONNECT, NOT_SENT");
}

TEST(DiallerTest, AHandshakeThatStallsOrIsAnsweredInPlainTextFailsBeforeAnyByteOfTheRequest) {
  core::Settings settings;
  settings.dial.tls_timeout = milliseconds(50) * test::Slowness();
  const auto pool = MakePool(settings);
  ScriptedOrigin stalling([](ScriptedOrigin::Peer& peer) { peer.AwaitClose(); });
  EXPECT_EQ(VerdictOn(*pool, "https://" + stalling.endpoint().ToString()),
            "TIMEOUT in TLS, NOT_SENT");
  ScriptedOrigin plain([](ScriptedOrigin::Peer& peer) {
    peer.Write(test::Ok("x"));
    peer.AwaitClose();
  });
  EXPECT_EQ(VerdictOn(*pool, "https://" + plain.endpoint().ToString()), "TLS in TLS, NOT_SENT");
  ScriptedOrigin closing([](ScriptedOrigin::Peer&) {});
  EXPECT_EQ(VerdictOn(*pool, "https://" + closing.endpoint().ToString()), "TLS in TLS, NOT_SENT");
}

TEST(AddDialTimesTest, CountsOnlyWhatAnItemWaitedFor) {
  const core::TimePoint start{hours(1)};
  DialProgress dial;
  dial.dns_began = start + milliseconds(10);
  dial.connect_began = start + milliseconds(30);
  dial.tls_began = start + milliseconds(60);
  dial.ended = start + milliseconds(100);
  const auto times_since = [&](int ms) {
    core::PhaseTimes times;
    AddDialTimes(dial, start + milliseconds(ms), times);
    return times;
  };
  const struct {
    int queued_ms;
    int dns_ms;
    int connect_ms;
    int tls_ms;
    const char* when;
  } cases[] = {
      {0, 20, 30, 40, "before the dial began"}, {10, 20, 30, 40, "with it"},
      {25, 5, 30, 40, "while it resolved"},     {70, 0, 0, 30, "while it shook hands"},
      {100, 0, 0, 0, "when it was through"},
  };
  for (const auto& c : cases) {
    const core::PhaseTimes times = times_since(c.queued_ms);
    EXPECT_EQ(times.dns, milliseconds(c.dns_ms)) << c.when;
    EXPECT_EQ(times.connect, milliseconds(c.connect_ms)) << c.when;
    EXPECT_EQ(times.tls, milliseconds(c.tls_ms)) << c.when;
  }
  dial.tls_began = {};
  EXPECT_EQ(times_since(0).connect, milliseconds(70)) << "failed to connect";
  EXPECT_EQ(times_since(0).tls, core::Duration::zero());
}

}  // namespace
}  // namespace postern::net
