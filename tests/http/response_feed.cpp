#include "response_feed.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace postern::http {
namespace {

std::string Describe(const ResponseReader& reader, const core::Response& response,
                     std::size_t left_over) {
  switch (reader.status()) {
    case ResponseReader::Status::kMore:
      return "more";
    case ResponseReader::Status::kDone:
      return std::to_string(response.status) + (reader.reusable() ? " keep " : " close ") +
             response.body + (response.body_truncated ? "..." : "") +
             (left_over > 0 ? " +" + std::to_string(left_over) : "");
    case ResponseReader::Status::kFailed:
      break;
  }
  EXPECT_FALSE(reader.reusable());
  EXPECT_FALSE(reader.error().empty()) << "a failure says what was wrong";
  std::string code;
  if (reader.failure() == core::FailureCode::kBadResponse) code = "BAD_RESPONSE";
  if (reader.failure() == core::FailureCode::kResponseTooLarge) code = "RESPONSE_TOO_LARGE";
  if (reader.failure() == core::FailureCode::kConnectionLost) code = "CONNECTION_LOST";
  EXPECT_NE(code, "") << "no other code is the reader's";
  return code + (reader.head_complete() ? " answered" : "");
}

}  // namespace

std::string Read(const Exchange& exchange, const std::vector<std::string_view>& pieces) {
  ResponseReader reader(exchange.limits);
  core::Response response;
  reader.Start(exchange.kind, exchange.rule, response);
  std::string buffer;
  std::size_t used = 0;
  for (const std::string_view piece : pieces) {
    if (reader.status() != ResponseReader::Status::kMore) break;
    buffer += piece;
    // A copy of exactly this size, so that AddressSanitizer sees any read beyond it.
    const std::vector<char> exact(buffer.begin(), buffer.end());
    const std::size_t step = reader.Feed({exact.data(), exact.size()});
    EXPECT_LE(step, buffer.size());
    buffer.erase(0, step);
    used += step;
  }
  if (exchange.end) reader.FeedEnd(*exchange.end);
  return Describe(reader, response, exchange.bytes.size() - used);
}

std::string ReadInManySplits(const Exchange& exchange) {
  constexpr int kRandomSplits = 20;
  const std::string_view bytes = exchange.bytes;
  const std::string whole = Read(exchange, {bytes});
  std::mt19937_64 random(bytes.size());
  for (int i = 0; i <= kRandomSplits; ++i) {
    const std::size_t longest = i == 0 ? 1 : std::size_t{1} << (i % 10);  // first byte by byte
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < bytes.size(); at += pieces.back().size()) {
      pieces.push_back(
          bytes.substr(at, std::uniform_int_distribution<std::size_t>(1, longest)(random)));
    }
    EXPECT_EQ(Read(exchange, pieces), whole) << "in pieces of 1 to " << longest << " bytes";
  }
  return whole;
}

}  // namespace postern::http
