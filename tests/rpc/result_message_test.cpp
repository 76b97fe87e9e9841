#include "rpc/result_message.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace postern::rpc {
namespace {

using core::Attempt;
using core::Delivery;
using core::FailureCode;
using core::Phase;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

void End(core::Item& item) {
  item.index = 7;
  item.result = std::make_unique<core::Result>();
}

v1::ItemResult Filled(core::Item& item, std::string_view id = "id") {
  v1::ItemResult message;
  FillResult(item, id, message);
  return message;
}

std::string Text(const google::protobuf::Message& message) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(message, &text);
  return text;
}

// core's enumerators and the contract's, one by one and by name.
TEST(ResultMessageTest, EveryNumberMeansTheSameOnBothSides) {
  const std::pair<FailureCode, v1::FailureCode> codes[] = {
      {FailureCode::kNone, v1::FAILURE_CODE_UNSPECIFIED},
      {FailureCode::kInvalidItem, v1::FAILURE_CODE_INVALID_ITEM},
      {FailureCode::kPolicyDenied, v1::FAILURE_CODE_POLICY_DENIED},
      {FailureCode::kOverloaded, v1::FAILURE_CODE_OVERLOADED},
      {FailureCode::kRateLimited, v1::FAILURE_CODE_RATE_LIMITED},
      {FailureCode::kCircuitOpen, v1::FAILURE_CODE_CIRCUIT_OPEN},
      {FailureCode::kDns, v1::FAILURE_CODE_DNS},
      {FailureCode::kConnect, v1::FAILURE_CODE_CONNECT},
      {FailureCode::kTls, v1::FAILURE_CODE_TLS},
      {FailureCode::kTimeout, v1::FAILURE_CODE_TIMEOUT},
      {FailureCode::kConnectionLost, v1::FAILURE_CODE_CONNECTION_LOST},
      {FailureCode::kBadResponse, v1::FAILURE_CODE_BAD_RESPONSE},
      {FailureCode::kResponseTooLarge, v1::FAILURE_CODE_RESPONSE_TOO_LARGE},
      {FailureCode::kCancelled, v1::FAILURE_CODE_CANCELLED},
      {FailureCode::kDraining, v1::FAILURE_CODE_DRAINING},
      {FailureCode::kInternal, v1::FAILURE_CODE_INTERNAL},
  };
  for (const auto& [ours, theirs] : codes) EXPECT_EQ(static_cast<int>(ours), int{theirs});
  EXPECT_EQ(std::size(codes), std::size_t{v1::FailureCode_ARRAYSIZE});
  const std::pair<Phase, v1::Phase> phases[] = {
      {Phase::kNone, v1::PHASE_UNSPECIFIED}, {Phase::kQueue, v1::PHASE_QUEUE},
      {Phase::kDns, v1::PHASE_DNS},          {Phase::kConnect, v1::PHASE_CONNECT},
      {Phase::kTls, v1::PHASE_TLS},          {Phase::kSend, v1::PHASE_SEND},
      {Phase::kWait, v1::PHASE_WAIT},        {Phase::kReceive, v1::PHASE_RECEIVE},
      {Phase::kBackoff, v1::PHASE_BACKOFF},
  };
  for (const auto& [ours, theirs] : phases) EXPECT_EQ(static_cast<int>(ours), int{theirs});
  EXPECT_EQ(std::size(phases), std::size_t{v1::Phase_ARRAYSIZE});
  const std::pair<Delivery, v1::Delivery> deliveries[] = {
      {Delivery::kUnspecified, v1::DELIVERY_UNSPECIFIED},
      {Delivery::kNotSent, v1::DELIVERY_NOT_SENT},
      {Delivery::kMaybeSent, v1::DELIVERY_MAYBE_SENT},
      {Delivery::kAnswered, v1::DELIVERY_ANSWERED},
  };
  for (const auto& [ours, theirs] : deliveries) EXPECT_EQ(static_cast<int>(ours), int{theirs});
  EXPECT_EQ(std::size(deliveries), std::size_t{v1::Delivery_ARRAYSIZE});
}

TEST(ResultMessageTest, AResponseHasEveryField) {
  core::Item item;
  End(item);
  item.result->response.status = 201;
  item.result->response.headers.Add("Set-Cookie", "a");
  item.result->response.headers.Add("Set-Cookie", "\xff");
  item.result->response.body = std::string("b\0", 2);
  item.result->response.body_truncated = true;
  EXPECT_EQ(Text(Filled(item)),
            "id: \"id\"\nindex: 7\nresponse {\n  status: 201\n"
            "  headers {\n    name: \"Set-Cookie\"\n    value: \"a\"\n  }\n"
            "  headers {\n    name: \"Set-Cookie\"\n    value: \"\\377\"\n  }\n"
            "  body: \"b\\000\"\n  body_truncated: true\n}\n");
}

TEST(ResultMessageTest, AFailureHasEveryFieldAndNoResponse) {
  core::Item item;
  End(item);
  item.result->response.status = 200;  // of a head whose body never came
  item.result->failure = {FailureCode::kTimeout, Phase::kReceive, Delivery::kAnswered, "why"};
  EXPECT_EQ(Text(Filled(item)),
            "id: \"id\"\nindex: 7\nfailure {\n  code: FAILURE_CODE_TIMEOUT\n  message: \"why\"\n"
            "  delivery: DELIVERY_ANSWERED\n}\n");
}

TEST(ResultMessageTest, AnAttemptHasEveryField) {
  core::Item item;
  End(item);
  Attempt first;
  first.failure = FailureCode::kConnect;
  first.phase = Phase::kConnect;
  Attempt second;
  second.status = 503;
  second.phase = Phase::kReceive;
  second.connection_reused = true;
  second.remote = core::Endpoint{core::IpAddress::Parse("2001:db8::1").value(), 443};
  second.times = {microseconds(1), microseconds(2), microseconds(3), microseconds(4),
                  microseconds(5), microseconds(6), microseconds(7)};
  item.result->attempts = {first, second};
  item.result->response.status = 503;
  const v1::ItemResult message = Filled(item);
  ASSERT_EQ(message.attempts_size(), 2);
  EXPECT_EQ(Text(message.attempts(0)), "failure: FAILURE_CODE_CONNECT\nphase: PHASE_CONNECT\n");
  EXPECT_EQ(Text(message.attempts(1)),
            "status: 503\nphase: PHASE_RECEIVE\nconnection_reused: true\n"
            "remote_address: \"[2001:db8::1]:443\"\nqueue_us: 1\ndns_us: 2\nconnect_us: 3\n"
            "tls_us: 4\nsend_us: 5\nwait_us: 6\nreceive_us: 7\n");
}

TEST(ResultMessageTest, TimesAreCutToWhatTheContractHolds) {
  core::Item item;
  End(item);
  Attempt attempt;
  attempt.times.queue = hours(10'000);
  attempt.times.dns = nanoseconds(-1'000'000);
  attempt.times.connect = nanoseconds(1999);
  item.result->attempts = {attempt};
  const v1::Attempt message = Filled(item).attempts(0);
  EXPECT_EQ(message.queue_us(), UINT32_MAX);
  EXPECT_EQ(message.dns_us(), 0u);
  EXPECT_EQ(message.connect_us(), 1u);
}

TEST(ResultMessageTest, TheBodyIsMovedNotCopied) {
  core::Item item;
  End(item);
  item.result->response.status = 200;
  item.result->response.body = std::string(100'000, 'b');
  const char* const bytes = item.result->response.body.data();
  const v1::ItemResult message = Filled(item);
  EXPECT_EQ(message.response().body().data(), bytes);
}

// The estimate decides when a message is closed: it must not be far below the truth.
TEST(ResultMessageTest, TheSizeIsAboutRight) {
  core::Item small;
  End(small);
  small.result->response.status = 200;
  core::Item large;
  End(large);
  large.result->response.status = 200;
  large.result->response.body = std::string(1'000'000, 'b');
  core::Item headers;
  End(headers);
  headers.result->response.status = 200;
  for (int i = 0; i < 1000; ++i) headers.result->response.headers.Add("Name", "value");
  core::Item attempts;
  End(attempts);
  attempts.result->failure = {FailureCode::kDns, Phase::kDns, Delivery::kNotSent,
                              std::string(500, 'm')};
  attempts.result->attempts.resize(10);
  for (core::Item* const item : {&small, &large, &headers, &attempts}) {
    v1::ItemResult message;
    const std::size_t estimate = FillResult(*item, "id", message);
    EXPECT_GE(estimate, message.ByteSizeLong());
    EXPECT_LE(estimate, 2 * message.ByteSizeLong() + 1000);
  }
}

}  // namespace
}  // namespace postern::rpc
