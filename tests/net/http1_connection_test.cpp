// Http1Connection, seen from outside: one connection against scripted origins.
#include "net/http1_connection.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "fake_batch.h"
#include "scripted_origin.h"

namespace postern::net {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using test::FakeBatch;
using test::ItemOptions;
using test::MakePool;
using test::Ok;
using test::ScriptedOrigin;
using Peer = ScriptedOrigin::Peer;

core::Settings OneConnection() {
  core::Settings settings;
  settings.connection.max_connections = 1;
  return settings;
}

// The verdict on one item whose connection goes by the script.
std::string VerdictOf(const ScriptedOrigin::Script& script, const ItemOptions& options = {}) {
  ScriptedOrigin origin(script);
  const auto pool = MakePool();
  const auto batch = FakeBatch::Make();
  batch->Add(origin.Url("/"), options);
  batch->Dispatch(*pool);
  batch->AwaitAll();
  return batch->Verdict(0);
}

// Reads the request, writes the bytes, and closes.
ScriptedOrigin::Script Answering(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    peer.ReadRequest();
    peer.Write(bytes);
  };
}

// The same, but leaves closing to the gate.
ScriptedOrigin::Script AnsweringOpen(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    peer.ReadRequest();
    peer.Write(bytes);
    peer.AwaitClose();
  };
}

TEST(Http1ConnectionTest, GivesTheVerdictThatTheWireSays) {
  const std::string length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const struct {
    const char* what;
    ScriptedOrigin::Script script;
    const char* verdict;
  } cases[] = {
      {"by length", AnsweringOpen(length + "hello"), "200 hello"},
      {"chunked", AnsweringOpen(chunked + "5\r\nhello\r\n0\r\n\r\n"), "200 hello"},
      {"until the end", Answering("HTTP/1.1 200 OK\r\n\r\nhello"), "200 hello"},
      {"after 1xx", AnsweringOpen("HTTP/1.1 103 Hints\r\n\r\n" + Ok("x")), "200 x"},
      {"500 is an answer", AnsweringOpen("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"), "500 "},
      {"302 is an answer",
       AnsweringOpen("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), "302 "},
      {"no body", AnsweringOpen("HTTP/1.1 204 No Content\r\n\r\n"), "204 "},
      {"closed without an answer", Answering(""), "CONNECTION_LOST in WAIT, MAYBE_SENT"},
      {"closed at once", [](Peer&) {}, "CONNECTION_LOST in WAIT, MAYBE_SENT"},
      {"closed in the head", Answering("HTTP/1.1 200"), "CONNECTION_LOST in RECEIVE, MAYBE_SENT"},
      {"closed in the body", Answering(length + "hell"), "CONNECTION_LOST in RECEIVE, ANSWERED"},
      {"closed in a chunk", Answering(chunked + "5\r\nhe"), "CONNECTION_LOST in RECEIVE, ANSWERED"},
      {"garbage", AnsweringOpen("garbage"), "BAD_RESPONSE in RECEIVE, MAYBE_SENT"},
      {"two lengths",
       AnsweringOpen("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: "
                     "2\r\n\r\nxx"),
       "BAD_RESPONSE in RECEIVE, MAYBE_SENT"},
      {"a broken chunk", AnsweringOpen(chunked + "z"), "BAD_RESPONSE in RECEIVE, ANSWERED"},
      {"a body too large", AnsweringOpen("HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"),
       "RESPONSE_TOO_LARGE in RECEIVE, ANSWERED"},
  };
  for (const auto& c : cases) EXPECT_EQ(VerdictOf(c.script), c.verdict) << c.what;
}

TEST(Http1ConnectionTest, AResetIsALoss) {
  const auto resetting = [](std::string bytes) {
    return [bytes](Peer& peer) {
      peer.ReadRequest();
      peer.Write(bytes);
      peer.ResetOnClose();
    };
  };
  EXPECT_EQ(VerdictOf(resetting("")), "CONNECTION_LOST in WAIT, MAYBE_SENT");
  // The reset may overtake the head.
  const std::string verdict = VerdictOf(resetting("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_TRUE(verdict == "CONNECTION_LOST in RECEIVE, ANSWERED" ||
              verdict == "CONNECTION_LOST in WAIT, MAYBE_SENT")
      << verdict;
}

TEST(Http1ConnectionTest, SilenceAndDrippingEndOnTime) {
  const ItemOptions brief{.time = milliseconds(60) * test::Slowness()};
  EXPECT_EQ(VerdictOf(AnsweringOpen(""), brief), "TIMEOUT in WAIT, MAYBE_SENT");
  EXPECT_EQ(VerdictOf(AnsweringOpen("HTTP/1.1 200 OK\r\n"), brief),
            "TIMEOUT in RECEIVE, MAYBE_SENT");
  EXPECT_EQ(VerdictOf(AnsweringOpen("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"), brief),
            "TIMEOUT in RECEIVE, ANSWERED");
  const ItemOptions one_attempt{.attempt_timeout = milliseconds(60) * test::Slowness()};
  EXPECT_EQ(VerdictOf(AnsweringOpen(""), one_attempt), "TIMEOUT in WAIT, MAYBE_SENT");
}

TEST(Http1ConnectionTest, AnOriginThatDoesNotReadTimesOutInSending) {
  ScriptedOrigin origin([&](Peer&) { origin.AwaitGate(); });
  const auto pool = MakePool();
  const auto batch = FakeBatch::Make();
  batch->Add(origin.Url("/"), {.method = "POST",
                               .body = std::string(64 * 1024 * 1024, 'b'),
                               .time = milliseconds(300) * test::Slowness()});
  batch->Dispatch(*pool);
  batch->AwaitAll();
  EXPECT_EQ(batch->Verdict(0), "TIMEOUT in SEND, MAYBE_SENT");
}

TEST(Http1ConnectionTest, ALargeBodyArrivesWhole) {
  std::string received;
  ScriptedOrigin origin([&](Peer& peer) {
    received = peer.ReadRequest().value_or("");
    peer.Write(Ok("done"));
  });
  std::string body;
  for (int i = 0; body.size() < 8 * 1024 * 1024; ++i) body += std::to_string(i) + ",";
  const auto pool = MakePool();
  const auto batch = FakeBatch::Make();
  batch->Add(origin.Url("/"), {.method = "POST", .body = body});
  batch->Dispatch(*pool);
  batch->AwaitAll();
  EXPECT_EQ(batch->Verdict(0), "200 done");
  EXPECT_TRUE(received.ends_with("\r\n\r\n" + body));
}

TEST(Http1ConnectionTest, CarriesOneRequestAfterAnother) {
  ScriptedOrigin origin(ScriptedOrigin::Echo());
  const auto pool = MakePool(OneConnection());
  const auto batch = FakeBatch::Make();
  for (int i = 0; i < 100; ++i) batch->Add(origin.Url("/" + std::to_string(i)));
  batch->Dispatch(*pool);
  batch->AwaitAll();
  for (std::size_t i = 0; i < batch->size(); ++i) {
    EXPECT_EQ(batch->Verdict(i), "200 /" + std::to_string(i));
    ASSERT_EQ(batch->result(i).attempts.size(), 1u);
    EXPECT_EQ(batch->result(i).attempts[0].connection_reused, i > 0);
    EXPECT_EQ(batch->result(i).attempts[0].remote, origin.endpoint());
  }
  EXPECT_EQ(origin.connections(), 1);
}

TEST(Http1ConnectionTest, AnIdleConnectionServesTheNextBatch) {
  ScriptedOrigin origin(ScriptedOrigin::Echo());
  const auto pool = MakePool();
  for (int i = 0; i < 5; ++i) {
    const auto batch = FakeBatch::Make();
    batch->Add(origin.Url("/"));
    batch->Dispatch(*pool);
    batch->AwaitAll();
    EXPECT_EQ(batch->Verdict(0), "200 /");
  }
  EXPECT_EQ(origin.connections(), 1);
}

// Whatever comes after an answer belongs to nobody: the connection ends, and the next item gets its
// own answer.
TEST(Http1ConnectionTest, NoByteOfOneAnswerReachesAnotherItem) {
  const std::string intruder = Ok("intruder");
  for (const std::string& answer :
       {Ok("mine") + intruder, Ok("mine") + "\r\n", Ok("mine") + std::string(1, '\0'),
        "HTTP/1.1 204 No Content\r\n\r\n" + intruder,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nmine\r\n0\r\n\r\n" + intruder}) {
    ScriptedOrigin origin([&](Peer& peer) {
      while (peer.ReadRequest()) peer.Write(answer);
    });
    const auto pool = MakePool(OneConnection());
    const auto batch = FakeBatch::Make();
    for (int i = 0; i < 4; ++i) batch->Add(origin.Url("/"));
    batch->Dispatch(*pool);
    batch->AwaitAll();
    for (std::size_t i = 0; i < batch->size(); ++i) {
      EXPECT_NE(batch->Verdict(i), "200 intruder") << answer;
      EXPECT_EQ(batch->Verdict(i).substr(0, 2), "20") << batch->Verdict(i);
    }
    EXPECT_EQ(origin.connections(), 4) << answer;
  }
}

TEST(Http1ConnectionTest, AByteOnAnIdleConnectionEndsIt) {
  ScriptedOrigin origin([](Peer& peer) {
    peer.ReadRequest();
    peer.Write(Ok("x"));
    if (peer.number() == 0) {
      peer.Write("HTTP/1.1 408 Request Timeout\r\n\r\n");
      peer.AwaitClose();
    }
  });
  const auto pool = MakePool();
  const auto first = FakeBatch::Make();
  first->Add(origin.Url("/"));
  first->Dispatch(*pool);
  first->AwaitAll();
  origin.AwaitAllClosed();
  const auto second = FakeBatch::Make();
  second->Add(origin.Url("/"));
  second->Dispatch(*pool);
  second->AwaitAll();
  EXPECT_EQ(second->Verdict(0), "200 x");
  EXPECT_EQ(origin.connections(), 2);
}

TEST(Http1ConnectionTest, AConnectionThatTheOriginEndsIsNotUsedAgain) {
  for (const char* header : {"Connection: close\r\n", ""}) {
    const std::string answer =
        std::string("HTTP/1.1 200 OK\r\n") + header + "Content-Length: 1\r\n\r\nx";
    ScriptedOrigin origin(Answering(answer));
    const auto pool = MakePool();
    for (int i = 0; i < 10; ++i) {
      const auto batch = FakeBatch::Make();
      batch->Add(origin.Url("/"));
      batch->Dispatch(*pool);
      batch->AwaitAll();
      EXPECT_EQ(batch->Verdict(0), "200 x");
      origin.AwaitAllClosed();
    }
    EXPECT_EQ(origin.connections(), 10);
  }
}

// An origin that resets after each answer catches some requests on their way. Such an item is sent
// again only where nothing of it was written, so the origin never sees one twice.
TEST(Http1ConnectionTest, NoRequestIsEverSeenTwice) {
  ScriptedOrigin origin([](Peer& peer) {
    peer.ReadRequest();
    peer.Write(Ok("x"));
    peer.ResetOnClose();
  });
  const auto pool = MakePool(OneConnection());
  const auto batch = FakeBatch::Make();
  for (int i = 0; i < 300; ++i) batch->Add(origin.Url("/" + std::to_string(i)));
  batch->Dispatch(*pool);
  batch->AwaitAll();
  for (std::size_t i = 0; i < batch->size(); ++i) {
    const std::string verdict = batch->Verdict(i);
    EXPECT_TRUE(verdict == "200 x" || verdict == "CONNECTION_LOST in WAIT, MAYBE_SENT" ||
                verdict == "CONNECTION_LOST in SEND, NOT_SENT")
        << verdict;
  }
  std::vector<std::string> requests = origin.requests();
  std::sort(requests.begin(), requests.end());
  EXPECT_EQ(std::adjacent_find(requests.begin(), requests.end()), requests.end());
}

TEST(Http1ConnectionTest, AHeadRequestHasNoBodyToWaitFor) {
  ScriptedOrigin origin([](Peer& peer) {
    while (peer.ReadRequest()) peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
  });
  const auto pool = MakePool(OneConnection());
  const auto batch = FakeBatch::Make();
  batch->Add(origin.Url("/"), {.method = "HEAD"});
  batch->Add(origin.Url("/"), {.method = "HEAD"});
  batch->Dispatch(*pool);
  batch->AwaitAll();
  EXPECT_EQ(batch->Verdict(0), "200 ");
  EXPECT_EQ(batch->Verdict(1), "200 ");
  EXPECT_EQ(origin.connections(), 1);
}

TEST(Http1ConnectionTest, TheOriginsKeepAliveTimeoutIsHeeded) {
  ScriptedOrigin origin([](Peer& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 1\r\n\r\nx");
    peer.AwaitClose();
  });
  core::Settings settings;
  settings.connection.idle_timeout = hours(1);
  const auto pool = MakePool(settings);
  const auto batch = FakeBatch::Make();
  batch->Add(origin.Url("/"));
  batch->Dispatch(*pool);
  batch->AwaitAll();
  origin.AwaitAllClosed();
}

TEST(Http1ConnectionTest, AnIdleConnectionEndsAtItsTimeoutOrAge) {
  for (const bool by_age : {false, true}) {
    ScriptedOrigin origin(ScriptedOrigin::Echo());
    core::Settings settings;
    settings.connection.idle_timeout = by_age ? hours(1) : milliseconds(10);
    settings.connection.max_age = by_age ? milliseconds(10) : hours(1);
    const auto pool = MakePool(settings);
    const auto batch = FakeBatch::Make();
    batch->Add(origin.Url("/"));
    batch->Dispatch(*pool);
    batch->AwaitAll();
    EXPECT_EQ(batch->Verdict(0), "200 /");
    origin.AwaitAllClosed();
  }
}

TEST(Http1ConnectionTest, TheTimesOfAnAttemptAddUp) {
  ScriptedOrigin origin(ScriptedOrigin::Echo());
  const auto pool = MakePool(OneConnection());
  const auto batch = FakeBatch::Make();
  for (int i = 0; i < 10; ++i) batch->Add(origin.Url("/"));
  const core::TimePoint begin = core::Clock::now();
  batch->Dispatch(*pool);
  batch->AwaitAll();
  const core::Duration total = core::Clock::now() - begin;
  for (std::size_t i = 0; i < batch->size(); ++i) {
    const core::PhaseTimes& times = batch->result(i).attempts.at(0).times;
    core::Duration sum{0};
    for (const core::Duration part : {times.queue, times.dns, times.connect, times.tls, times.send,
                                      times.wait, times.receive}) {
      EXPECT_GE(part, core::Duration::zero());
      sum += part;
    }
    EXPECT_GT(sum, core::Duration::zero());
    EXPECT_LE(sum, total);
  }
}

}  // namespace
}  // namespace postern::net
