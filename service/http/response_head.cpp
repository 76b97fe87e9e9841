#include "http/response_head.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>

#include "http/chars.h"

namespace postern::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::http::field;

constexpr unsigned kLowestStatus = 100;
constexpr std::string_view kVersionPrefix = "HTTP/1.";

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

// Hands each field on; never sees a body, since it is told to skip it.
class ResponseHead::Parser {
 public:
  explicit Parser(ResponseHead& owner) : owner_(owner) {}

  void Restart() { machine_.emplace(*this); }

  std::size_t Put(std::string_view in, error_code& ec) {
    return machine_->put(boost::asio::buffer(in.data(), in.size()), ec);
  }

  bool done() const { return machine_->is_done(); }
  bool keep_alive() const { return machine_->keep_alive(); }
  bool http11() const { return version_ == 11; }
  unsigned status() const { return status_; }

 private:
  struct Machine final : beast::http::basic_parser<false> {
    explicit Machine(Parser& owner) : parser(owner) {
      skip(true);
      header_limit(std::numeric_limits<std::uint32_t>::max());  // it counts per put(); our own
                                                                // limit is exact
    }
    void on_request_impl(beast::http::verb, beast::string_view, beast::string_view, int,
                         error_code&) override {}
    void on_response_impl(int code, beast::string_view, int version, error_code&) override {
      parser.status_ = static_cast<unsigned>(code);
      parser.version_ = version;
    }
    void on_field_impl(field name, beast::string_view name_text, beast::string_view value,
                       error_code& ec) override {
      parser.OnField(name, View(name_text), View(value), ec);
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(beast::string_view, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, error_code&) override {
      return 0;
    }
    void on_finish_impl(error_code&) override {}

    Parser& parser;
  };

  void OnField(field name, std::string_view name_text, std::string_view value, error_code& ec) {
    if (name == field::content_length) {
      owner_.OnContentLength(value);
    } else if (name == field::transfer_encoding) {
      owner_.OnTransferEncoding(value);
    } else if (name == field::keep_alive) {
      owner_.OnKeepAlive(value);
    }
    if (owner_.status_ != Status::kFailed) owner_.OnField(name_text, value);
    if (owner_.status_ == Status::kFailed) ec = beast::http::error::bad_field;
  }

  ResponseHead& owner_;
  std::optional<Machine> machine_;
  unsigned status_ = 0;
  int version_ = 0;
};

ResponseHead::ResponseHead() : parser_(std::make_unique<Parser>(*this)) {}
ResponseHead::~ResponseHead() = default;

void ResponseHead::Start(core::HeaderList& headers, std::size_t max_fields) {
  parser_->Restart();
  headers_ = &headers;
  fields_left_ = max_fields;
  at_start_ = true;
  scanned_ = 0;
  status_ = Status::kMore;
  error_.clear();
  chunked_ = false;
  content_length_.reset();
  keep_alive_timeout_.reset();
}

std::size_t ResponseHead::Feed(std::string_view in) {
  error_code ec;
  const std::size_t used = parser_->Put(in, ec);
  const bool done = parser_->done();
  if (status_ != Status::kFailed) CheckLines(done ? in.substr(0, used) : in);
  scanned_ = in.size() - used;
  if (status_ == Status::kFailed) return used;
  if (ec && ec != beast::http::error::need_more) {
    Fail("malformed response head: " + ec.message());
  } else if (done) {
    Finish();
  }
  return used;
}

// What Beast lets pass (folded lines), or notices only when the head is complete, which it may
// never be.
void ResponseHead::CheckLines(std::string_view head) {
  if (at_start_) {
    const std::string_view start = head.substr(0, kVersionPrefix.size());
    if (!kVersionPrefix.starts_with(start))
      return Fail("does not start with an HTTP/1 status line");
    at_start_ = start.size() < kVersionPrefix.size();
  }
  // From the last byte seen before: what follows a line feed may only have come now.
  for (std::size_t lf = head.find('\n', scanned_ - std::min<std::size_t>(scanned_, 1));
       lf != std::string_view::npos; lf = head.find('\n', lf + 1)) {
    if (lf == 0 || head[lf - 1] != '\r') return Fail("a line ends in LF without CR");
    if (lf + 1 == head.size()) return;
    if (head[lf + 1] == ' ' || head[lf + 1] == '\t')
      return Fail("a header is folded over several lines");
  }
}

void ResponseHead::Finish() {
  if (code() < kLowestStatus)
    return Fail("status " + std::to_string(code()) + " is not an HTTP status");
  if (chunked_ && content_length_) return Fail("both Transfer-Encoding and Content-Length");
  if (chunked_ && !parser_->http11()) return Fail("Transfer-Encoding in an HTTP/1.0 response");
  status_ = Status::kDone;
}

unsigned ResponseHead::code() const { return parser_->status(); }

bool ResponseHead::keep_alive() const { return parser_->keep_alive(); }

void ResponseHead::OnField(std::string_view name, std::string_view value) {
  if (fields_left_ == 0) return Fail("more header fields than the limit");
  --fields_left_;
  headers_->Add(name, value);
}

void ResponseHead::OnContentLength(std::string_view value) {
  std::uint64_t length = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, length);
  if (content_length_) return Fail("more than one Content-Length");
  if (error != std::errc() || stop != end) return Fail("Content-Length is not a number");
  content_length_ = length;
}

void ResponseHead::OnTransferEncoding(std::string_view value) {
  if (chunked_ || !EqualsIgnoreCase(value, "chunked"))
    return Fail("Transfer-Encoding is not exactly \"chunked\"");
  chunked_ = true;
}

void ResponseHead::OnKeepAlive(std::string_view value) {
  constexpr std::string_view kTimeout = "timeout=";
  const std::size_t at = value.find(kTimeout);
  if (at == std::string_view::npos) return;
  std::uint32_t seconds = 0;
  const std::string_view digits = value.substr(at + kTimeout.size());
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error == std::errc()) keep_alive_timeout_ = std::chrono::seconds(seconds);
}

void ResponseHead::Fail(std::string error) {
  status_ = Status::kFailed;
  error_ = std::move(error);
}

}  // namespace postern::http
