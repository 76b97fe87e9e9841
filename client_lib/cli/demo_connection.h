#ifndef POSTERN_CLI_DEMO_CONNECTION_H_
#define POSTERN_CLI_DEMO_CONNECTION_H_

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

namespace postern::cli {

// Serves one client of the demo origin until it leaves or an answer ends the connection. Errors of
// the network end the connection quietly. tls: null for plain HTTP; must outlive the coroutine.
boost::asio::awaitable<void> ServeDemoClient(boost::asio::ip::tcp::socket socket,
                                             boost::asio::ssl::context* tls);

}  // namespace postern::cli

#endif  // POSTERN_CLI_DEMO_CONNECTION_H_
