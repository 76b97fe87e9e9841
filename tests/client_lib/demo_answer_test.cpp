#include "cli/demo_answer.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

DemoAnswer Get(const std::string& target) {
  return AnswerFor({.method = "GET", .target = target, .headers = {}, .body = ""});
}

TEST(DemoAnswerTest, EchoGivesBackTheRequest) {
  const DemoAnswer answer = AnswerFor({.method = "PUT",
                                       .target = "/echo?x=1",
                                       .headers = {{"Content-Type", "a/b"}, {"X-One", "1"}},
                                       .body = "body"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "body");
  const std::vector<std::pair<std::string, std::string>> headers = {{"x-echo-method", "PUT"},
                                                                    {"x-echo-target", "/echo?x=1"},
                                                                    {"x-echo-content-type", "a/b"},
                                                                    {"x-echo-x-one", "1"},
                                                                    {"content-type", "a/b"}};
  EXPECT_EQ(answer.headers, headers);
}

TEST(DemoAnswerTest, StatusIsAsAsked) {
  EXPECT_EQ(Get("/status/200").status, 200);
  EXPECT_EQ(Get("/status/599").status, 599);
  EXPECT_EQ(Get("/status/503?x").status, 503);
}

TEST(DemoAnswerTest, DelayAndDripTakeTheirTime) {
  EXPECT_EQ(Get("/delay/0.25").delay, absl::Milliseconds(250));
  const DemoAnswer drip = Get("/drip?seconds=2&bytes=20");
  EXPECT_EQ(drip.body, "0123456789abcdef0123");
  EXPECT_EQ(drip.spread, absl::Seconds(2));
}

TEST(DemoAnswerTest, BytesComeWithLengthOrInChunks) {
  EXPECT_EQ(Get("/bytes/0").body, "");
  EXPECT_EQ(Get("/bytes/1000000").body.size(), 1'000'000);
  EXPECT_EQ(Get("/bytes/7").framing, DemoAnswer::Framing::kLength);
  EXPECT_EQ(Get("/chunked/7").body, "0123456");
  EXPECT_EQ(Get("/chunked/7").framing, DemoAnswer::Framing::kChunked);
}

TEST(DemoAnswerTest, ResetAndCloseEndTheConnection) {
  EXPECT_EQ(Get("/reset").ending, DemoAnswer::Ending::kReset);
  EXPECT_EQ(Get("/close").ending, DemoAnswer::Ending::kCloseMidway);
  EXPECT_EQ(Get("/echo").ending, DemoAnswer::Ending::kKeepAlive);
}

TEST(DemoAnswerTest, ArgumentsOutOfRangeAreRefused) {
  for (const char* target :
       {"/status/", "/status/199", "/status/600", "/status/-1", "/status/x", "/delay/", "/delay/-1",
        "/delay/601", "/delay/nan", "/bytes/", "/bytes/-1", "/bytes/268435457", "/chunked/x",
        "/drip", "/drip?bytes=1", "/drip?bytes=1&seconds=601"}) {
    EXPECT_EQ(Get(target).status, 400) << target;
  }
}

TEST(DemoAnswerTest, TheRootAndUnknownPathsTellWhatThereIs) {
  EXPECT_EQ(Get("/").status, 200);
  EXPECT_EQ(Get("/").body, DemoPaths());
  EXPECT_EQ(Get("/nowhere").status, 404);
  EXPECT_NE(Get("/nowhere").body.find(DemoPaths()), std::string::npos);
}

}  // namespace
}  // namespace postern::cli
