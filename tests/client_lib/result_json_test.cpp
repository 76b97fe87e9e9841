#include "cli/result_json.h"

#include <string>

#include <gtest/gtest.h>

namespace postern::cli {
namespace {

ItemResult Response(const std::string& body) {
  ItemResult result;
  result.set_id("a");
  result.mutable_response()->set_status(200);
  result.mutable_response()->set_body(body);
  return result;
}

TEST(ResultJsonTest, AResponse) {
  ItemResult result = Response("héllo\n\"");
  Header* header = result.mutable_response()->add_headers();
  header->set_name("x");
  header->set_value("1");
  *result.mutable_response()->add_headers() = *header;
  Attempt* attempt = result.add_attempts();
  attempt->set_status(200);
  attempt->set_phase(v1::PHASE_RECEIVE);
  attempt->set_remote_address("127.0.0.1:80");
  attempt->set_wait_us(5);
  EXPECT_EQ(
      ResultJson(result, 17),
      R"({"id":"a","index":17,"status":200,"headers":[["x","1"],["x","1"]],"body":"héllo\n\"",)"
      R"("body_truncated":false,"attempts":[{"status":200,"phase":"RECEIVE","connection_reused":false,)"
      R"("remote_address":"127.0.0.1:80","wait_us":5}]})");
}

TEST(ResultJsonTest, AFailure) {
  ItemResult result;
  result.mutable_failure()->set_code(v1::FAILURE_CODE_CIRCUIT_OPEN);
  result.mutable_failure()->set_message("open");
  result.mutable_failure()->set_delivery(v1::DELIVERY_NOT_SENT);
  result.mutable_failure()->mutable_retry_after()->set_seconds(2);
  result.mutable_failure()->mutable_retry_after()->set_nanos(500'000'000);
  EXPECT_EQ(
      ResultJson(result, 0),
      R"({"id":"","index":0,"failure":{"code":"CIRCUIT_OPEN","message":"open","delivery":"NOT_SENT",)"
      R"("retry_after_ms":2500},"attempts":[]})");
}

TEST(ResultJsonTest, AnAttemptThatFailed) {
  ItemResult result;
  Attempt* attempt = result.add_attempts();
  attempt->set_failure(v1::FAILURE_CODE_TIMEOUT);
  attempt->set_phase(v1::PHASE_WAIT);
  attempt->set_connection_reused(true);
  attempt->set_backoff_us(9);
  EXPECT_NE(
      ResultJson(result, 0).find(
          R"("attempts":[{"failure":"TIMEOUT","phase":"WAIT","connection_reused":true,"backoff_us":9}])"),
      std::string::npos);
}

TEST(ResultJsonTest, ABodyThatIsNotTextIsInBase64) {
  const std::string json = ResultJson(Response("\xff\x01"), 0);
  EXPECT_NE(json.find(R"("body_base64":"/wE=")"), std::string::npos);
  EXPECT_EQ(json.find(R"("body":)"), std::string::npos);
}

TEST(ResultJsonTest, ControlCharactersStayOnOneLine) {
  const std::string json = ResultJson(Response(std::string("\0\x1b\n", 3)), 0);
  EXPECT_NE(json.find(R"("body":"\u0000\u001b\n")"), std::string::npos);
}

TEST(ResultJsonTest, AHeaderThatIsNotUtf8IsReadAsLatin1) {
  ItemResult result = Response("");
  Header* header = result.mutable_response()->add_headers();
  header->set_name("x");
  header->set_value("caf\xe9");
  EXPECT_NE(ResultJson(result, 0).find(R"(["x","café"])"), std::string::npos);
}

}  // namespace
}  // namespace postern::cli
