#include "rpc/item_block.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace postern::rpc {
namespace {

using core::BodyMode;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr core::TimePoint kNow{hours(1000)};

// A request in protobuf's text format, and its items as the shards would see them.
struct Block {
  explicit Block(const std::string& text, core::TimePoint rpc_deadline = core::TimePoint::max())
      : request(Parse(text)),
        block(request.items(), request.has_defaults() ? &request.defaults() : nullptr, limits, kNow,
              rpc_deadline) {}

  static v1::PostBatchRequest Parse(const std::string& text) {
    v1::PostBatchRequest parsed;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &parsed)) << text;
    return parsed;
  }

  // The first item, which must be ready.
  const core::Item& item() {
    EXPECT_EQ(Refusal(), "");
    return block.ready().front();
  }
  // Why the first item is refused; empty where it is ready.
  std::string Refusal() {
    if (block.refused().empty()) return "";
    const core::Item& refused = block.refused().front();
    const core::Failure& failure = refused.result->failure;
    EXPECT_EQ(failure.code, core::FailureCode::kInvalidItem);
    EXPECT_EQ(failure.delivery, core::Delivery::kNotSent);
    EXPECT_TRUE(refused.result->attempts.empty());
    return failure.message;
  }
  // The first item's headers, one a line.
  std::string Headers() {
    std::string lines;
    for (const core::HeaderView& header : item().request.headers)
      lines.append(header.name).append(": ").append(header.value).append("\n");
    return lines;
  }

  core::ItemLimits limits;
  v1::PostBatchRequest request;
  ItemBlock block;
};

TEST(ItemBlockTest, AnUrlIsEnough) {
  Block block("items { url: 'https://A.test:8443/b?c' }");
  const core::Item& item = block.item();
  EXPECT_EQ(item.request.method, "POST");
  EXPECT_EQ(item.request.destination->scheme, core::Scheme::kHttps);
  EXPECT_EQ(item.request.destination->host, "a.test");
  EXPECT_EQ(item.request.destination->port, 8443);
  EXPECT_EQ(item.request.destination->authority, "a.test:8443");
  EXPECT_EQ(item.request.target, "/b?c");
  EXPECT_TRUE(item.request.headers.empty());
  EXPECT_EQ(item.request.body, "");
  EXPECT_EQ(item.request.idempotency_key, "");
  EXPECT_EQ(item.deadline, kNow + seconds(30));
  EXPECT_EQ(item.attempt_timeout, core::Duration::zero()) << "none";
  EXPECT_EQ(item.body_rule.mode, BodyMode::kKeep);
  EXPECT_EQ(item.body_rule.max_bytes, 1024u * 1024u);
  EXPECT_EQ(block.block.IdOf(item), "");
}

TEST(ItemBlockTest, EveryFieldIsTakenOver) {
  Block block(R"(items {
    id: 'id-1' url: 'http://a/' method: 'PUT' body: 'b\000c'
    headers { name: 'X-A' value: '1' } headers { name: 'x-a' value: '\xff' }
    timeout { seconds: 2 nanos: 5 } attempt_timeout { nanos: 1 }
    idempotency: IDEMPOTENCY_IDEMPOTENT idempotency_key: 'key'
    response_body { mode: MODE_TRUNCATE max_bytes: 77 }
    retry { max_attempts: 1 } })");
  const core::Item& item = block.item();
  EXPECT_EQ(block.block.IdOf(item), "id-1");
  EXPECT_EQ(item.request.method, "PUT");
  EXPECT_EQ(item.request.body, std::string_view("b\0c", 3));
  EXPECT_EQ(block.Headers(), "X-A: 1\nx-a: \xff\n");
  EXPECT_EQ(item.deadline, kNow + seconds(2) + nanoseconds(5));
  EXPECT_EQ(item.attempt_timeout, nanoseconds(1));
  EXPECT_EQ(item.request.idempotency_key, "key");
  EXPECT_EQ(item.body_rule.mode, BodyMode::kTruncate);
  EXPECT_EQ(item.body_rule.max_bytes, 77u);
}

TEST(ItemBlockTest, WhatAnItemDoesNotSetComesFromTheDefaults) {
  const std::string defaults = R"(defaults {
    id: 'shared' url: 'http://d/' method: 'PATCH' body: 'd' timeout { seconds: 7 }
    attempt_timeout { seconds: 3 } response_body { mode: MODE_DISCARD max_bytes: 9 } } )";
  Block inherited(defaults + "items {}");
  const core::Item& item = inherited.item();
  EXPECT_EQ(inherited.block.IdOf(item), "shared");
  EXPECT_EQ(item.request.destination->host, "d");
  EXPECT_EQ(item.request.method, "PATCH");
  EXPECT_EQ(item.request.body, "d");
  EXPECT_EQ(item.deadline, kNow + seconds(7));
  EXPECT_EQ(item.attempt_timeout, seconds(3));
  EXPECT_EQ(item.body_rule.mode, BodyMode::kDiscard);
  EXPECT_EQ(item.body_rule.max_bytes, 9u);

  Block own(defaults + R"(items {
    id: 'own' url: 'http://i/' method: 'GET' body: 'i' timeout { seconds: 1 }
    attempt_timeout { seconds: 2 } response_body { max_bytes: 8 } })");
  const core::Item& other = own.item();
  EXPECT_EQ(own.block.IdOf(other), "own");
  EXPECT_EQ(other.request.destination->host, "i");
  EXPECT_EQ(other.request.method, "GET");
  EXPECT_EQ(other.request.body, "i");
  EXPECT_EQ(other.deadline, kNow + seconds(1));
  EXPECT_EQ(other.attempt_timeout, seconds(2));
  EXPECT_EQ(other.body_rule.mode, BodyMode::kKeep);
  EXPECT_EQ(other.body_rule.max_bytes, 8u);
}

TEST(ItemBlockTest, HeadersMergeByNameInAnyCase) {
  const std::string defaults = R"(defaults { url: 'http://a/'
    headers { name: 'X-A' value: 'default' } headers { name: 'X-B' value: 'default' }
    headers { name: 'x-a' value: 'second' } } )";
  EXPECT_EQ(Block(defaults + "items {}").Headers(), "X-A: default\nX-B: default\nx-a: second\n");
  EXPECT_EQ(Block(defaults + "items { headers { name: 'x-A' value: 'own' } }").Headers(),
            "X-B: default\nx-A: own\n");
  EXPECT_EQ(Block(defaults + R"(items { headers { name: 'X-C' value: '1' }
                                        headers { name: 'X-C' value: '2' } })")
                .Headers(),
            "X-A: default\nX-B: default\nx-a: second\nX-C: 1\nX-C: 2\n");
}

TEST(ItemBlockTest, AKeyIsOfOneRequestAndNeverInherited) {
  Block block("defaults { idempotency_key: 'shared' } items { url: 'http://a/' }");
  EXPECT_EQ(block.item().request.idempotency_key, "");
}

TEST(ItemBlockTest, RefusesWithTheFieldAndTheReason) {
  const struct {
    std::string item;
    std::string refusal;
  } cases[] = {
      {"", "url: is missing"},
      {"url: 'ftp://a/'", "url: must start with http:// or https://"},
      {"url: 'http://a/#b'", "url: has a fragment (#...), which is never sent to an origin"},
      {"url: 'http://a/" + std::string(8 * 1024, 'b') + "'", "url: is longer than 8192 bytes"},
      {"url: 'http://a/' method: 'GET /'", "method: is not a token (RFC 9110 section 9.1)"},
      {"url: 'http://a/' method: 'CONNECT'", "method: CONNECT is not carried by the gate"},
      {"url: 'http://a/' method: '" + std::string(33, 'M') + "'",
       "method: is longer than 32 bytes"},
      {"url: 'http://a/' headers { name: 'A' } headers { name: '' }", "headers[1]: name is empty"},
      {"url: 'http://a/' headers { name: 'A b' }",
       "headers[0]: name is not a token (RFC 9110 section 5.6.2)"},
      {"url: 'http://a/' headers { name: 'A' value: 'b\\r\\nc' }",
       "headers[0] (A): value has a control character such as CR, LF or NUL"},
      {"url: 'http://a/' headers { name: 'Host' value: 'b' }",
       "headers[0] (Host): set by the gate, not by callers"},
      {"url: 'http://a/' timeout { }", "timeout: must be more than 0"},
      {"url: 'http://a/' timeout { seconds: -1 }", "timeout: must be more than 0"},
      {"url: 'http://a/' timeout { seconds: -9223372036854775808 }",
       "timeout: must be more than 0"},
      {"url: 'http://a/' timeout { nanos: -1 }", "timeout: must be more than 0"},
      {"url: 'http://a/' timeout { seconds: 1 nanos: -1 }", "timeout: must be more than 0"},
      {"url: 'http://a/' timeout { nanos: 1000000000 }", "timeout: is not a valid duration"},
      {"url: 'http://a/' timeout { nanos: 2147483647 }", "timeout: is not a valid duration"},
      {"url: 'http://a/' attempt_timeout { }", "attempt_timeout: must be more than 0"},
      {"url: 'http://a/' response_body { mode: 9 }", "response_body.mode: 9 is not a mode"},
      {"url: 'http://a/' response_body { max_bytes: 67108865 }",
       "response_body.max_bytes: more than the server's maximum of 67108864"},
      {"url: 'http://a/' response_body { max_bytes: 18446744073709551615 }",
       "response_body.max_bytes: more than the server's maximum of 67108864"},
      {"url: 'http://a/' idempotency_key: 'a\\nb'",
       "idempotency_key: value has a control character such as CR, LF or NUL"},
      {"url: 'http://a/' idempotency_key: 'k' headers { name: 'idempotency-KEY' value: 'h' }",
       "idempotency_key: an Idempotency-Key header is set, too"},
      {"url: 'http://a/' credential: 'c'", "credential: not supported yet"},
      {"url: 'http://a/' signing_secret: 's'", "signing_secret: not supported yet"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Block("items { " + c.item + " }").Refusal(), c.refusal) << c.item.substr(0, 100);
  }
}

TEST(ItemBlockTest, AFaultOfTheDefaultsIsNamedSo) {
  const std::string item = " items { url: 'http://a/' }";
  EXPECT_EQ(Block("defaults { headers { name: 'TE' value: 'x' } }" + item).Refusal(),
            "defaults.headers[0] (TE): set by the gate, not by callers");
  EXPECT_EQ(Block("defaults { credential: 'c' }" + item).Refusal(),
            "credential: not supported yet");
  EXPECT_EQ(Block("defaults { method: 'A B' }" + item).Refusal(),
            "method: is not a token (RFC 9110 section 9.1)");
}

TEST(ItemBlockTest, SiblingsOfABadItemAreReady) {
  Block block(R"(items { url: 'http://a/' } items { url: '' } items { url: 'http://b/' }
                 items { url: 'x' } items { url: 'http://a/' })");
  ASSERT_EQ(block.block.ready().size(), 3u);
  ASSERT_EQ(block.block.refused().size(), 2u);
  std::vector<std::uint64_t> ready;
  for (const core::Item& item : block.block.ready()) ready.push_back(item.index);
  EXPECT_EQ(ready, (std::vector<std::uint64_t>{0, 2, 4}));
  EXPECT_EQ(block.block.refused().front().index, 1u);
  EXPECT_EQ(block.block.refused().back().index, 3u);
}

TEST(ItemBlockTest, ItemsOfOneOriginShareItsDestination) {
  Block block(
      R"(items { url: 'http://a/1' } items { url: 'http://b/' } items { url: 'HTTP://A.:80/2' }
                 items { url: 'https://a/' } items { url: 'http://a:81/' })");
  std::vector<const core::Destination*> destinations;
  for (const core::Item& item : block.block.ready())
    destinations.push_back(item.request.destination);
  ASSERT_EQ(destinations.size(), 5u);
  EXPECT_EQ(destinations[0], destinations[2]);
  for (const std::size_t other : {1u, 3u, 4u}) EXPECT_NE(destinations[0], destinations[other]);
}

TEST(ItemBlockTest, LongTimeoutsAreCut) {
  for (const char* timeout : {"seconds: 600", "seconds: 600 nanos: 1", "seconds: 601",
                              "seconds: 9223372036854775807 nanos: 999999999"}) {
    Block block(std::string("items { url: 'http://a/' timeout { ") + timeout +
                " } attempt_timeout { " + timeout + " } }");
    EXPECT_EQ(block.item().deadline, kNow + minutes(10)) << timeout;
    EXPECT_EQ(block.item().attempt_timeout, minutes(10)) << timeout;
  }
}

TEST(ItemBlockTest, TheRpcsDeadlineCapsEveryItem) {
  const std::string items =
      "items { url: 'http://a/' } items { url: 'http://a/' timeout { nanos: 1000000 } }";
  Block block(items, kNow + milliseconds(50));
  EXPECT_EQ(block.block.ready().front().deadline, kNow + milliseconds(50));
  EXPECT_EQ(block.block.ready().back().deadline, kNow + milliseconds(1));
}

TEST(ItemBlockTest, TheLimitOnHeadersIsExactDefaultsIncluded) {
  const auto headers = [](int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i) text += "headers { name: 'H" + std::to_string(i) + "' } ";
    return text;
  };
  const std::string url = "url: 'http://a/' ";
  EXPECT_EQ(Block("items { " + url + headers(0, 128) + "}").Refusal(), "");
  EXPECT_EQ(Block("items { " + url + headers(0, 129) + "}").Refusal(), "headers: more than 128");
  const std::string defaults = "defaults { " + headers(0, 64) + "} ";
  EXPECT_EQ(Block(defaults + "items { " + url + headers(64, 128) + "}").Refusal(), "");
  EXPECT_EQ(Block(defaults + "items { " + url + headers(64, 129) + "}").Refusal(),
            "headers: more than 128");
  EXPECT_EQ(Block(defaults + "items { " + url + headers(0, 128) + "}").Refusal(), "")
      << "those it replaces do not count";
}

TEST(ItemBlockTest, TheLimitOnHeaderBytesIsExact) {
  const auto item = [](std::size_t bytes) {
    return "items { url: 'http://a/' headers { name: 'A' value: '" + std::string(bytes - 1, 'b') +
           "' } }";
  };
  EXPECT_EQ(Block(item(32 * 1024)).Refusal(), "");
  EXPECT_EQ(Block(item(32 * 1024 + 1)).Refusal(), "headers: more than 32768 bytes");
}

TEST(ItemBlockTest, AKeyIsAHeaderAndNoLongerThanOne) {
  const auto item = [](std::size_t bytes) {
    return "items { url: 'http://a/' idempotency_key: '" + std::string(bytes, 'k') + "' }";
  };
  EXPECT_EQ(Block(item(32 * 1024)).Refusal(), "");
  EXPECT_EQ(Block(item(32 * 1024 + 1)).Refusal(), "idempotency_key: more than 32768 bytes");
}

// Merging compares every name with every name: it must not begin where the result is refused
// anyway.
TEST(ItemBlockTest, AbsurdNumbersOfHeadersAreRefusedAtOnce) {
  v1::PostBatchRequest request;
  constexpr int kHeaders = 100'000;
  for (int i = 0; i < kHeaders; ++i) {
    request.mutable_defaults()->add_headers()->set_name("D" + std::to_string(i));
  }
  v1::Item& item = *request.add_items();
  item.set_url("http://a/");
  for (int i = 0; i < kHeaders; ++i) item.add_headers()->set_name("I" + std::to_string(i));
  const core::TimePoint begin = core::Clock::now();
  const core::ItemLimits limits;
  ItemBlock block(request.items(), &request.defaults(), limits, kNow, core::TimePoint::max());
  ASSERT_EQ(block.refused().size(), 1u);
  EXPECT_NE(block.refused().front().result->failure.message.find("more than 128"),
            std::string::npos);
  EXPECT_LT(core::Clock::now() - begin, seconds(5)) << "10^10 comparisons take far longer";
}

TEST(ItemBlockTest, AnEmptyBatchIsNoTrouble) {
  Block block("");
  EXPECT_TRUE(block.block.ready().empty());
  EXPECT_TRUE(block.block.refused().empty());
}

TEST(ItemBlockTest, BodiesAreNotCopied) {
  Block block(
      "defaults { body: 'shared' } items { url: 'http://a/' body: 'own' } items { url: 'http://a/' "
      "}");
  EXPECT_EQ(block.block.ready().front().request.body.data(), block.request.items(0).body().data());
  EXPECT_EQ(block.block.ready().back().request.body.data(), block.request.defaults().body().data());
}

}  // namespace
}  // namespace postern::rpc
