#include "cli/post_options.h"

#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/post_help.h"
#include "cli/values.h"

namespace postern::cli {
namespace {

constexpr const char* kRequestGroup = "The request (with --items: what each item inherits)";
constexpr const char* kManyGroup = "Many requests";
constexpr const char* kGateGroup = "The gate";
constexpr const char* kOutputGroup = "Output";

// The value, or the end of the parsing with the reason.
template <typename T>
T OrUsageError(const char* option, const absl::StatusOr<T>& value) {
  if (!value.ok()) throw CLI::ValidationError(option, std::string(value.status().message()));
  return *value;
}

std::string ReadAll(std::istream& in) { return {std::istreambuf_iterator<char>(in), {}}; }

// The text itself, or for "@FILE" what the file holds; "@-": standard input.
std::string ReadBody(const std::string& text) {
  if (text.empty() || text.front() != '@') return text;
  const std::string path = text.substr(1);
  if (path == "-") return ReadAll(std::cin);
  std::ifstream file(path, std::ios::binary);
  std::string body;
  if (file) body = ReadAll(file);
  if (!file || file.bad()) throw CLI::ValidationError("--data", "cannot read '" + path + "'");
  return body;
}

// Fields that travel as text must be UTF-8, or the whole message would be refused.
std::string CheckUtf8(const std::string& text) { return IsUtf8(text) ? "" : "is not UTF-8"; }

CLI::Option* AddText(CLI::App* command, const char* names, std::string* text, const char* type,
                     const char* description) {
  return command
      ->add_option_function<std::string>(
          names, [text](const std::string& value) { *text = value; }, description)
      ->type_name(type)
      ->check(CheckUtf8)
      ->group(kRequestGroup);
}

CLI::Option* AddDuration(CLI::App* command, const char* name,
                         const std::function<void(absl::Duration)>& set, const char* description) {
  return command
      ->add_option_function<std::string>(
          name,
          [name, set](const std::string& text) { set(OrUsageError(name, ParseDuration(text))); },
          description)
      ->type_name("DURATION");
}

void DescribeRequest(CLI::App* command, Item* item) {
  AddText(command, "URL", item->mutable_url(), "", "Where to send it: absolute, http or https");
  AddText(command, "-X,--method", item->mutable_method(), "METHOD", "HTTP method (default: POST)");
  command
      ->add_option_function<std::vector<std::string>>(
          "-H,--header",
          [item](const std::vector<std::string>& headers) {
            for (const std::string& header : headers)
              *item->add_headers() = OrUsageError("--header", ParseHeader(header));
          },
          "Header to send, as 'Name: value'; may be repeated")
      ->type_name("HEADER")
      ->allow_extra_args(false)
      ->check(CheckUtf8)
      ->group(kRequestGroup);
  command
      ->add_option_function<std::string>(
          "-d,--data", [item](const std::string& text) { item->set_body(ReadBody(text)); },
          "Request body; @FILE: from a file, @-: from standard input.\nNo content-type is added: "
          "see -H")
      ->type_name("BODY")
      ->group(kRequestGroup);
  AddDuration(
      command, "--timeout", [item](absl::Duration d) { *item->mutable_timeout() = ToProto(d); },
      "Bounds the whole item, from its arrival at the gate to the\nlast byte of the response "
      "(default: the gate's, 30s)")
      ->group(kRequestGroup);
  AddDuration(
      command, "--attempt-timeout",
      [item](absl::Duration d) { *item->mutable_attempt_timeout() = ToProto(d); },
      "Bounds one attempt (default: none)")
      ->group(kRequestGroup);
  AddText(command, "--idempotency-key", item->mutable_idempotency_key(), "KEY",
          "Sent as the Idempotency-Key header; says that the request\nmay be applied twice");
  command
      ->add_option_function<std::string>(
          "--body-mode",
          [item](const std::string& text) {
            item->mutable_response_body()->set_mode(
                OrUsageError("--body-mode", ParseBodyMode(text)));
          },
          "Response body: keep (one over the limit fails the item),\ntruncate (return its start) "
          "or discard (default: keep)")
      ->type_name("MODE")
      ->group(kRequestGroup);
  command
      ->add_option_function<std::string>(
          "--max-body",
          [item](const std::string& text) {
            item->mutable_response_body()->set_max_bytes(
                OrUsageError("--max-body", ParseSize(text)));
          },
          "Limit of the response body, such as 64k or 1MiB\n(default: the gate's, 1MiB)")
      ->type_name("SIZE")
      ->group(kRequestGroup);
}

}  // namespace

void DescribePost(CLI::App* command, PostOptions* options) {
  DescribeRequest(command, &options->item);

  CLI::Option* items =
      command
          ->add_option("--items", options->items_path,
                       "Read items, one JSON object a line; -: from standard input")
          ->type_name("FILE")
          ->group(kManyGroup);
  command
      ->add_flag("--strict", options->strict,
                 "Send nothing unless every line is good (default: bad lines\nare reported, the "
                 "others run)")
      ->needs(items)
      ->group(kManyGroup);
  AddText(command, "--id", options->item.mutable_id(), "ID",
          "Name of the request, echoed in its result")
      ->excludes(items);
  command->add_option("--repeat", options->repeat, "Send the one request N times")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->excludes(items)
      ->group(kManyGroup);
  command
      ->add_option("--max-in-flight", options->max_in_flight,
                   "Items at the gate at once (default: 1000)")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->group(kManyGroup);

  command
      ->add_option("--target", options->target,
                   "HOST:PORT or unix:/PATH (default: 127.0.0.1:50051)")
      ->type_name("ADDRESS")
      ->envname("POSTERN_TARGET")
      ->group(kGateGroup);
  AddDuration(
      command, "--rpc-timeout", [options](absl::Duration d) { options->rpc_timeout = d; },
      "Bounds each call to the gate, of up to 100 items\n(default: none)")
      ->group(kGateGroup);

  command->add_flag("-f,--fail", options->fail, "Count responses of status 400 and above as failed")
      ->group(kOutputGroup);
  command->add_flag("-s,--quiet", options->quiet, "No progress bar and no summary")
      ->group(kOutputGroup);
  command->add_flag("--no-progress", options->no_progress, "No progress bar")->group(kOutputGroup);
  const std::map<std::string, ColorChoice> colors = {{"auto", ColorChoice::kAuto},
                                                     {"always", ColorChoice::kAlways},
                                                     {"never", ColorChoice::kNever}};
  command
      ->add_option("--color", options->color,
                   "auto, always or never (default: auto: on a terminal,\nunless NO_COLOR is set)")
      ->type_name("WHEN")
      ->transform(CLI::Transformer(colors).description(""))
      ->group(kOutputGroup);

  command->footer(kPostHelp);
  command->callback([command, options, items] {
    if (options->item.url().empty() && items->empty()) {
      throw CLI::RequiredError("URL or --items FILE");
    }
  });
}

}  // namespace postern::cli
