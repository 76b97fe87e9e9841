#include "cli/demo_origin.h"

#include <chrono>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/demo_answer.h"
#include "cli/demo_connection.h"
#include "cli/exit_status.h"

namespace postern::cli {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// How long to wait where the process has no descriptor left for another client.
constexpr std::chrono::milliseconds kAcceptRetryDelay{100};

// "127.0.0.1:8080", "[::1]:0". Throws std::invalid_argument with the reason.
tcp::endpoint ParseEndpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  unsigned port = 0;
  if (colon == std::string::npos || error || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      port > 65535) {
    throw std::invalid_argument("'" + text +
                                "' is not an address: write 127.0.0.1:8080 or [::1]:0");
  }
  return {address, static_cast<asio::ip::port_type>(port)};
}

std::unique_ptr<asio::ssl::context> LoadTls(const DemoOriginOptions& options) {
  if (options.tls_cert.empty()) return nullptr;
  auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  tls->use_certificate_chain_file(options.tls_cert);
  tls->use_private_key_file(options.tls_key, asio::ssl::context::pem);
  return tls;
}

asio::awaitable<void> Accept(tcp::acceptor& acceptor, asio::ssl::context* tls) {
  while (true) {
    boost::system::error_code error;
    tcp::socket socket =
        co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      asio::co_spawn(acceptor.get_executor(), ServeDemoClient(std::move(socket), tls),
                     asio::detached);
    } else {
      asio::steady_timer pause(acceptor.get_executor(), kAcceptRetryDelay);
      co_await pause.async_wait(asio::use_awaitable);
    }
  }
}

void Serve(const DemoOriginOptions& options) {
  asio::io_context io(1);
  const std::unique_ptr<asio::ssl::context> tls = LoadTls(options);
  tcp::acceptor acceptor(io, ParseEndpoint(options.listen));
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&io](const boost::system::error_code&, int) { io.stop(); });
  asio::co_spawn(io, Accept(acceptor, tls.get()), asio::detached);

  std::ostringstream line;
  line << "demo origin listening on " << acceptor.local_endpoint() << "\n";
  std::cerr << line.str() << std::flush;
  io.run();
}

}  // namespace

void DescribeDemoOrigin(CLI::App* command, DemoOriginOptions* options) {
  command
      ->add_option("--listen", options->listen,
                   "Where to serve; port 0: a free one (default: 127.0.0.1:8080)")
      ->type_name("HOST:PORT");
  CLI::Option* cert = command
                          ->add_option("--tls-cert", options->tls_cert,
                                       "Serve HTTPS with this certificate chain (PEM)")
                          ->type_name("FILE");
  CLI::Option* key = command->add_option("--tls-key", options->tls_key, "Its private key (PEM)")
                         ->type_name("FILE");
  cert->needs(key);
  key->needs(cert);
  command->footer(std::string(DemoPaths()));
}

int RunDemoOrigin(const DemoOriginOptions& options) {
  try {
    Serve(options);
    return kSuccess;
  } catch (const boost::system::system_error& error) {
    std::cerr << "postern demo-origin: cannot serve on " << options.listen << ": "
              << error.code().message() << "\n";
  } catch (const std::invalid_argument& error) {
    std::cerr << "postern demo-origin: " << error.what() << "\n";
  }
  return kUsage;
}

}  // namespace postern::cli
