#ifndef POSTERN_NET_ASIO_TYPES_H_
#define POSTERN_NET_ASIO_TYPES_H_

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/time.h"

// Asio's types over the one concrete executor of a shard: type-erased executors cost a virtual call
// an operation.
namespace postern::net {

namespace asio = boost::asio;
using boost::system::error_code;

using Executor = asio::io_context::executor_type;
using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using TlsStream = asio::ssl::stream<TcpSocket&>;
using WaitTimer = asio::basic_waitable_timer<core::Clock, asio::wait_traits<core::Clock>, Executor>;

template <typename T>
using Task = asio::awaitable<T, Executor>;

// Errors come back as values: co_await returns (error_code, ...) and does not throw.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kUseTask{};

}  // namespace postern::net

#endif  // POSTERN_NET_ASIO_TYPES_H_
