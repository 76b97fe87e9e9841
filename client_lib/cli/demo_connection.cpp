#include "cli/demo_connection.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/system_error.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/demo_answer.h"

namespace postern::cli {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
// What TLS and plain streams have in common.
using Socket = tcp::socket::lowest_layer_type;

constexpr std::size_t kMaxRequestBody = std::size_t{256} << 20;
constexpr std::size_t kMaxRequestHead = std::size_t{64} << 10;
constexpr std::size_t kPieceBytes = std::size_t{16} << 10;
constexpr absl::Duration kDripInterval = absl::Milliseconds(20);

enum class Connection { kOpen, kClosed };

bool HasBody(const std::string& method, unsigned status) {
  return method != "HEAD" && status != 204 && status != 304;
}

std::string Head(const DemoRequest& request, const DemoAnswer& answer) {
  const auto reason = http::obsolete_reason(http::int_to_status(answer.status));
  std::string head = absl::StrCat("HTTP/1.1 ", answer.status, " ", std::string(reason), "\r\n");
  for (const auto& [name, value] : answer.headers)
    absl::StrAppend(&head, name, ": ", value, "\r\n");
  if (answer.framing == DemoAnswer::Framing::kChunked) {
    head += "transfer-encoding: chunked\r\n";
  } else if (HasBody(request.method, answer.status) || request.method == "HEAD") {
    absl::StrAppend(&head, "content-length: ", answer.body.size(), "\r\n");
  }
  return head + "\r\n";
}

DemoRequest ToDemoRequest(http::request<http::string_body>&& message) {
  DemoRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request.body = std::move(message).body();
  return request;
}

// Returns early where the client has gone.
awaitable<Connection> Pause(Socket& socket, absl::Duration duration) {
  using asio::experimental::awaitable_operators::operator||;
  asio::steady_timer timer(co_await asio::this_coro::executor, absl::ToChronoNanoseconds(duration));
  const auto first = co_await (timer.async_wait(use_awaitable) ||
                               socket.async_wait(tcp::socket::wait_read, use_awaitable));
  if (first.index() == 0) co_return Connection::kOpen;
  char byte = 0;
  if (recv(socket.native_handle(), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) <= 0)
    co_return Connection::kClosed;
  // It speaks already; what it says is read after this answer.
  co_await timer.async_wait(use_awaitable);
  co_return Connection::kOpen;
}

template <typename Stream>
awaitable<void> Write(Stream& stream, std::string_view text) {
  co_await asio::async_write(stream, asio::buffer(text), use_awaitable);
}

// The first bytes of the body, in pieces spread over the answer's time.
template <typename Stream>
awaitable<Connection> WriteBody(Stream& stream, const DemoAnswer& answer, std::size_t bytes) {
  const bool chunked = answer.framing == DemoAnswer::Framing::kChunked;
  const auto intervals =
      std::max<std::size_t>(1, static_cast<std::size_t>(answer.spread / kDripInterval));
  const std::size_t piece_bytes =
      std::clamp<std::size_t>((bytes + intervals - 1) / intervals, 1, kPieceBytes);
  std::string_view rest = std::string_view(answer.body).substr(0, bytes);
  while (!rest.empty()) {
    const std::string_view piece = rest.substr(0, piece_bytes);
    rest.remove_prefix(piece.size());
    if (answer.spread > absl::ZeroDuration()) {
      const double part = static_cast<double>(piece.size()) / static_cast<double>(bytes);
      if (co_await Pause(stream.lowest_layer(), answer.spread * part) == Connection::kClosed)
        co_return Connection::kClosed;
    }
    if (chunked) co_await Write(stream, absl::StrCat(absl::Hex(piece.size()), "\r\n"));
    co_await Write(stream, piece);
    if (chunked) co_await Write(stream, "\r\n");
  }
  if (chunked) co_await Write(stream, "0\r\n\r\n");
  co_return Connection::kOpen;
}

void Reset(Socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

template <typename Stream>
awaitable<Connection> Answer(Stream& stream, const DemoRequest& request) {
  const DemoAnswer answer = AnswerFor(request);
  if (answer.delay > absl::ZeroDuration() &&
      co_await Pause(stream.lowest_layer(), answer.delay) == Connection::kClosed) {
    co_return Connection::kClosed;
  }
  if (answer.ending == DemoAnswer::Ending::kReset) {
    Reset(stream.lowest_layer());
    co_return Connection::kClosed;
  }
  const std::string head = Head(request, answer);
  co_await Write(stream, head);
  const bool cut = answer.ending == DemoAnswer::Ending::kCloseMidway;
  if (HasBody(request.method, answer.status)) {
    const Connection connection =
        co_await WriteBody(stream, answer, cut ? answer.body.size() / 2 : answer.body.size());
    if (connection == Connection::kClosed) co_return connection;
  }
  co_return cut ? Connection::kClosed : Connection::kOpen;
}

template <typename Stream>
awaitable<void> Serve(Stream& stream) {
  boost::beast::flat_buffer buffer;
  while (true) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(kMaxRequestBody);
    parser.header_limit(kMaxRequestHead);
    co_await http::async_read(stream, buffer, parser, use_awaitable);
    const bool keep_alive = parser.get().keep_alive();
    const DemoRequest request = ToDemoRequest(parser.release());
    if (co_await Answer(stream, request) == Connection::kClosed || !keep_alive) co_return;
  }
}

}  // namespace

awaitable<void> ServeDemoClient(tcp::socket socket, asio::ssl::context* tls) {
  try {
    socket.set_option(tcp::no_delay(true));
    if (tls == nullptr) {
      co_await Serve(socket);
    } else {
      asio::ssl::stream<tcp::socket> stream(std::move(socket), *tls);
      co_await stream.async_handshake(asio::ssl::stream_base::server, use_awaitable);
      co_await Serve(stream);
    }
  } catch (const boost::system::system_error&) {
    // The client left or broke the protocol: its connection ends here.
  }
}

}  // namespace postern::cli
