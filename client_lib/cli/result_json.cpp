#include "cli/result_json.h"

#include <cstdint>
#include <string>
#include <utility>

#include <google/protobuf/util/time_util.h>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "cli/values.h"

namespace postern::cli {
namespace {

// Keeps the members in the order in which they are added.
using Json = nlohmann::ordered_json;

std::string Utf8FromLatin1(const std::string& text) {
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8.push_back(c);
    } else {
      utf8.push_back(static_cast<char>(0xC0 | (byte >> 6)));
      utf8.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
    }
  }
  return utf8;
}

std::string Text(const std::string& value) { return IsUtf8(value) ? value : Utf8FromLatin1(value); }

void AddResponse(const HttpResponse& response, Json& json) {
  json["status"] = response.status();
  Json& headers = json["headers"] = Json::array();
  for (const Header& header : response.headers()) {
    headers.push_back(Json::array({Text(header.name()), Text(header.value())}));
  }
  if (IsUtf8(response.body())) {
    json["body"] = response.body();
  } else {
    json["body_base64"] = absl::Base64Escape(response.body());
  }
  json["body_truncated"] = response.body_truncated();
}

Json FailureJson(const Failure& failure) {
  Json json;
  json["code"] = Name(failure.code());
  json["message"] = failure.message();
  json["delivery"] = Name(failure.delivery());
  if (failure.has_retry_after()) {
    json["retry_after_ms"] =
        google::protobuf::util::TimeUtil::DurationToMilliseconds(failure.retry_after());
  }
  return json;
}

Json AttemptJson(const Attempt& attempt) {
  Json json = Json::object();
  if (attempt.status() != 0) json["status"] = attempt.status();
  if (attempt.failure() != v1::FAILURE_CODE_UNSPECIFIED) json["failure"] = Name(attempt.failure());
  if (attempt.phase() != v1::PHASE_UNSPECIFIED) json["phase"] = Name(attempt.phase());
  json["connection_reused"] = attempt.connection_reused();
  if (!attempt.remote_address().empty()) json["remote_address"] = attempt.remote_address();
  const std::pair<const char*, std::uint32_t> phases[] = {
      {"queue_us", attempt.queue_us()},     {"dns_us", attempt.dns_us()},
      {"connect_us", attempt.connect_us()}, {"tls_us", attempt.tls_us()},
      {"send_us", attempt.send_us()},       {"wait_us", attempt.wait_us()},
      {"receive_us", attempt.receive_us()}, {"backoff_us", attempt.backoff_us()},
  };
  for (const auto& [name, us] : phases) {
    if (us != 0) json[name] = us;
  }
  return json;
}

}  // namespace

std::string ResultJson(const ItemResult& result, std::uint64_t index) {
  Json json;
  json["id"] = result.id();
  json["index"] = index;
  if (result.has_response()) {
    AddResponse(result.response(), json);
  } else {
    json["failure"] = FailureJson(result.failure());
  }
  Json& attempts = json["attempts"] = Json::array();
  for (const Attempt& attempt : result.attempts()) attempts.push_back(AttemptJson(attempt));
  return json.dump();
}

}  // namespace postern::cli
