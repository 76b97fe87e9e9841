#include "cli/item_json.h"

#include <string>

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

Item Parsed(const std::string& line) {
  const absl::StatusOr<Item> item = ParseItem(line, Item());
  EXPECT_TRUE(item.ok()) << line << ": " << item.status();
  return item.value_or(Item());
}

// Why the line is refused; empty where it is not.
std::string Refusal(const std::string& line) {
  return std::string(ParseItem(line, Item()).status().message());
}

TEST(ItemJsonTest, ReadsEveryField) {
  const Item item = Parsed(R"({"id": "7", "url": "https://origin.test/", "method": "PUT",
      "headers": {"x-a": "1", "x-b": "2"}, "body": "text", "timeout": 2.5, "attempt_timeout": "250ms",
      "idempotency": "not_idempotent", "idempotency_key": "key",
      "response_body": {"mode": "truncate", "max_bytes": 10},
      "retry": {"max_attempts": 4, "initial_backoff": "1s", "max_backoff": 9, "retry_statuses": [500, 503]},
      "credential": "c", "signing_secret": "s"})");
  EXPECT_EQ(item.id(), "7");
  EXPECT_EQ(item.url(), "https://origin.test/");
  EXPECT_EQ(item.method(), "PUT");
  ASSERT_EQ(item.headers_size(), 2);
  EXPECT_EQ(item.headers(1).name(), "x-b");
  EXPECT_EQ(item.headers(1).value(), "2");
  EXPECT_EQ(item.body(), "text");
  EXPECT_EQ(item.timeout().seconds(), 2);
  EXPECT_EQ(item.timeout().nanos(), 500'000'000);
  EXPECT_EQ(item.attempt_timeout().nanos(), 250'000'000);
  EXPECT_EQ(item.idempotency(), v1::IDEMPOTENCY_NOT_IDEMPOTENT);
  EXPECT_EQ(item.idempotency_key(), "key");
  EXPECT_EQ(item.response_body().mode(), v1::ResponseBodyPolicy::MODE_TRUNCATE);
  EXPECT_EQ(item.response_body().max_bytes(), 10);
  EXPECT_EQ(item.retry().max_attempts(), 4);
  EXPECT_EQ(item.retry().initial_backoff().seconds(), 1);
  EXPECT_EQ(item.retry().max_backoff().seconds(), 9);
  ASSERT_EQ(item.retry().retry_statuses_size(), 2);
  EXPECT_EQ(item.retry().retry_statuses(1), 503);
  EXPECT_EQ(item.credential(), "c");
  EXPECT_EQ(item.signing_secret(), "s");
}

TEST(ItemJsonTest, AnEmptyObjectIsAnItemOfDefaults) {
  EXPECT_EQ(Parsed("{}").ByteSizeLong(), 0);
  EXPECT_FALSE(Parsed("{}").has_timeout());
}

TEST(ItemJsonTest, HeadersMayBeAListThatRepeatsNames) {
  const Item item = Parsed(R"({"headers": [["x", "1"], ["x", "2"]]})");
  ASSERT_EQ(item.headers_size(), 2);
  EXPECT_EQ(item.headers(0).value(), "1");
  EXPECT_EQ(item.headers(1).value(), "2");
}

TEST(ItemJsonTest, BytesComeInBase64) {
  EXPECT_EQ(Parsed(R"({"body_base64": "AP8="})").body(), std::string("\0\xff", 2));
}

TEST(ItemJsonTest, JsonBodiesKeepTheirOrderAndGetAContentType) {
  const Item item = Parsed(R"({"json": {"b": [1, null], "a": "é"}})");
  EXPECT_EQ(item.body(), R"({"b":[1,null],"a":"é"})");
  ASSERT_EQ(item.headers_size(), 1);
  EXPECT_EQ(item.headers(0).name(), "content-type");
  EXPECT_EQ(item.headers(0).value(), "application/json");
}

TEST(ItemJsonTest, AContentTypeOfTheItemOrTheDefaultsIsKept) {
  const Item item = Parsed(R"({"json": 1, "headers": {"Content-Type": "x/y"}})");
  ASSERT_EQ(item.headers_size(), 1);
  EXPECT_EQ(item.headers(0).value(), "x/y");
  Item defaults;
  defaults.add_headers()->set_name("CONTENT-TYPE");
  EXPECT_EQ(ParseItem(R"({"json": 1})", defaults)->headers_size(), 0);
}

TEST(ItemJsonTest, ARefusalNamesTheField) {
  EXPECT_EQ(Refusal(R"({"id": 7})"), "id: must be a string");
  EXPECT_EQ(Refusal(R"({"urll": "x"})"), "\"urll\": no such field");
  EXPECT_EQ(Refusal(R"({"timeout": true})"),
            "timeout: must be a number of seconds, or a string such as \"250ms\"");
  EXPECT_EQ(Refusal(R"({"timeout": -1})"), "timeout: a duration is not negative");
  EXPECT_EQ(
      Refusal(R"({"attempt_timeout": "soon"})"),
      "attempt_timeout: 'soon' is not a duration: write seconds, or a unit as in 250ms, 2s, 1m30s");
  EXPECT_EQ(Refusal(R"({"headers": "x"})"),
            "headers: must be an object, or a list of [name, value]");
  EXPECT_EQ(Refusal(R"({"headers": {"x": 1}})"), "headers: \"x\" must be a string");
  EXPECT_EQ(Refusal(R"({"headers": [["x"]]})"),
            "headers: each entry must be [name, value], both strings");
  EXPECT_EQ(Refusal(R"({"body_base64": "?"})"), "body_base64: must be a string in base64");
  EXPECT_EQ(Refusal(R"({"idempotency": true})"),
            "idempotency: must be \"idempotent\" or \"not_idempotent\"");
  EXPECT_EQ(Refusal(R"({"response_body": {"mode": "all"}})"),
            "response_body: mode: 'all' is not a body mode: write keep, truncate or discard");
  EXPECT_EQ(Refusal(R"({"response_body": {"max_bytes": -1}})"),
            "response_body: max_bytes: must be a whole number from 0 to 18446744073709551615");
  EXPECT_EQ(Refusal(R"({"retry": {"max_attempts": 4294967296}})"),
            "retry: max_attempts: must be a whole number from 0 to 4294967295");
  EXPECT_EQ(Refusal(R"({"retry": {"retry_statuses": [500.5]}})"),
            "retry: retry_statuses: must be a whole number from 0 to 4294967295");
  EXPECT_EQ(Refusal(R"({"retry": 3})"), "retry: must be an object");
}

TEST(ItemJsonTest, OnlyOneBodyIsAllowed) {
  EXPECT_EQ(Refusal(R"({"body": "", "json": 1})"),
            "only one of body, body_base64 and json may be given");
}

TEST(ItemJsonTest, WhatIsNoJsonObjectIsRefused) {
  EXPECT_EQ(Refusal("[]"), "must be an object");
  EXPECT_EQ(Refusal("7"), "must be an object");
  for (const char* line :
       {"", "{", "{\"id\": \"\xff\"}", "{} {}", "{'id': 1}", "{\"id\": \"a\nb\"}", "nul"}) {
    EXPECT_EQ(Refusal(line).rfind("not JSON: byte ", 0), 0) << line << ": " << Refusal(line);
  }
}

TEST(ItemJsonTest, DeepNestingIsReadWithoutRunningOutOfStack) {
  const std::string depth(1'000'000, '[');
  EXPECT_NE(Refusal("{\"json\": " + depth), "");
}

}  // namespace
}  // namespace postern::cli
