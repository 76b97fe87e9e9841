#include "cli/item_json.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/values.h"

namespace postern::cli {
namespace {

// Keeps the order of members, which is passed on for the body.
using json = nlohmann::ordered_json;

// A setter returns what is wrong with the value, or OK.
template <typename Message>
struct Field {
  const char* name;
  absl::Status (*set)(const json& value, Message& message);
};

absl::Status Wrong(const char* expected) { return absl::InvalidArgumentError(expected); }

// Sets every member of the object by its entry in the table. Errors start with the field's name.
template <typename Message, std::size_t kCount>
absl::Status SetFields(const json& object, const Field<Message> (&fields)[kCount],
                       Message& message) {
  if (!object.is_object()) return Wrong("must be an object");
  for (const auto& [name, value] : object.items()) {
    const auto field =
        std::find_if(std::begin(fields), std::end(fields),
                     [&name = name](const Field<Message>& f) { return f.name == name; });
    if (field == std::end(fields)) {
      return absl::InvalidArgumentError(absl::StrCat(json(name).dump(), ": no such field"));
    }
    if (absl::Status status = field->set(value, message); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": ", std::string(status.message())));
    }
  }
  return absl::OkStatus();
}

template <auto kMutable>
absl::Status SetString(const json& value, Item& item) {
  if (!value.is_string()) return Wrong("must be a string");
  *(item.*kMutable)() = value.get_ref<const std::string&>();
  return absl::OkStatus();
}

template <auto kMutable, typename Message>
absl::Status SetDuration(const json& value, Message& message) {
  if (!value.is_string() && !value.is_number())
    return Wrong("must be a number of seconds, or a string such as \"250ms\"");
  const absl::StatusOr<absl::Duration> duration = value.is_string()
                                                      ? ParseDuration(value.get<std::string>())
                                                      : DurationFromSeconds(value.get<double>());
  if (!duration.ok()) return duration.status();
  *(message.*kMutable)() = ToProto(*duration);
  return absl::OkStatus();
}

template <auto kSetter, typename Number, typename Message>
absl::Status SetNumber(const json& value, Message& message) {
  if (!value.is_number_unsigned() ||
      value.get<std::uint64_t>() > std::numeric_limits<Number>::max()) {
    return absl::InvalidArgumentError(
        absl::StrCat("must be a whole number from 0 to ", std::numeric_limits<Number>::max()));
  }
  (message.*kSetter)(value.get<Number>());
  return absl::OkStatus();
}

void AddHeader(const std::string& name, const std::string& value, Item& item) {
  Header* header = item.add_headers();
  header->set_name(name);
  header->set_value(value);
}

absl::Status SetHeaders(const json& value, Item& item) {
  if (!value.is_object() && !value.is_array())
    return Wrong("must be an object, or a list of [name, value]");
  for (const auto& [key, entry] : value.items()) {
    if (value.is_object()) {
      if (!entry.is_string())
        return absl::InvalidArgumentError(absl::StrCat(json(key).dump(), " must be a string"));
      AddHeader(key, entry.get_ref<const std::string&>(), item);
    } else {
      if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() ||
          !entry[1].is_string()) {
        return Wrong("each entry must be [name, value], both strings");
      }
      AddHeader(entry[0].get<std::string>(), entry[1].get<std::string>(), item);
    }
  }
  return absl::OkStatus();
}

absl::Status SetBodyBase64(const json& value, Item& item) {
  if (!value.is_string() ||
      !absl::Base64Unescape(value.get_ref<const std::string&>(), item.mutable_body())) {
    return Wrong("must be a string in base64");
  }
  return absl::OkStatus();
}

absl::Status SetJsonBody(const json& value, Item& item) {
  item.set_body(value.dump());
  return absl::OkStatus();
}

absl::Status SetIdempotency(const json& value, Item& item) {
  if (value == "idempotent") {
    item.set_idempotency(v1::IDEMPOTENCY_IDEMPOTENT);
  } else if (value == "not_idempotent") {
    item.set_idempotency(v1::IDEMPOTENCY_NOT_IDEMPOTENT);
  } else {
    return Wrong(R"(must be "idempotent" or "not_idempotent")");
  }
  return absl::OkStatus();
}

absl::Status SetMode(const json& value, v1::ResponseBodyPolicy& policy) {
  if (!value.is_string()) return Wrong("must be a string");
  const absl::StatusOr<v1::ResponseBodyPolicy::Mode> mode = ParseBodyMode(value.get<std::string>());
  if (!mode.ok()) return mode.status();
  policy.set_mode(*mode);
  return absl::OkStatus();
}

absl::Status SetResponseBody(const json& value, Item& item) {
  static constexpr Field<v1::ResponseBodyPolicy> kFields[] = {
      {"mode", SetMode},
      {"max_bytes", SetNumber<&v1::ResponseBodyPolicy::set_max_bytes, std::uint64_t>},
  };
  return SetFields(value, kFields, *item.mutable_response_body());
}

absl::Status SetRetryStatuses(const json& value, v1::RetryPolicy& retry) {
  if (!value.is_array()) return Wrong("must be a list of numbers");
  for (const json& status : value) {
    if (absl::Status set =
            SetNumber<&v1::RetryPolicy::add_retry_statuses, std::uint32_t>(status, retry);
        !set.ok()) {
      return set;
    }
  }
  return absl::OkStatus();
}

absl::Status SetRetry(const json& value, Item& item) {
  static constexpr Field<v1::RetryPolicy> kFields[] = {
      {"max_attempts", SetNumber<&v1::RetryPolicy::set_max_attempts, std::uint32_t>},
      {"initial_backoff", SetDuration<&v1::RetryPolicy::mutable_initial_backoff>},
      {"max_backoff", SetDuration<&v1::RetryPolicy::mutable_max_backoff>},
      {"retry_statuses", SetRetryStatuses},
  };
  return SetFields(value, kFields, *item.mutable_retry());
}

constexpr Field<Item> kItemFields[] = {
    {"id", SetString<&Item::mutable_id>},
    {"url", SetString<&Item::mutable_url>},
    {"method", SetString<&Item::mutable_method>},
    {"headers", SetHeaders},
    {"body", SetString<&Item::mutable_body>},
    {"body_base64", SetBodyBase64},
    {"json", SetJsonBody},
    {"timeout", SetDuration<&Item::mutable_timeout>},
    {"attempt_timeout", SetDuration<&Item::mutable_attempt_timeout>},
    {"idempotency", SetIdempotency},
    {"idempotency_key", SetString<&Item::mutable_idempotency_key>},
    {"response_body", SetResponseBody},
    {"retry", SetRetry},
    {"credential", SetString<&Item::mutable_credential>},
    {"signing_secret", SetString<&Item::mutable_signing_secret>},
};

bool HasContentType(const Item& item) {
  return std::any_of(item.headers().begin(), item.headers().end(), [](const Header& header) {
    return absl::EqualsIgnoreCase(header.name(), "content-type");
  });
}

// The library says "[json.exception.parse_error.101] parse error at line 1, column 9: syntax error
// while ...".
std::string ParseErrorText(const json::parse_error& error) {
  const std::string text = error.what();
  const std::size_t start = text.find(": ");
  return absl::StrCat("not JSON: byte ", error.byte, ": ",
                      start == std::string::npos ? text : text.substr(start + 2));
}

}  // namespace

absl::StatusOr<Item> ParseItem(std::string_view line, const Item& defaults) {
  json object;
  try {
    object = json::parse(line);
  } catch (const json::parse_error& error) {
    return absl::InvalidArgumentError(ParseErrorText(error));
  }
  Item item;
  if (absl::Status status = SetFields(object, kItemFields, item); !status.ok()) return status;
  if (object.contains("body") + object.contains("body_base64") + object.contains("json") > 1) {
    return Wrong("only one of body, body_base64 and json may be given");
  }
  if (object.contains("json") && !HasContentType(item) && !HasContentType(defaults)) {
    AddHeader("content-type", "application/json", item);
  }
  return item;
}

}  // namespace postern::cli
