#ifndef POSTERN_NET_TLS_CLIENT_H_
#define POSTERN_NET_TLS_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

#include "core/destination.h"

namespace postern::net {

// TLS sessions of one origin, for resumption. A session skips verification, so it is only ever
// offered to the very origin that issued it.
class TlsSessions {
 public:
  void Put(SSL_SESSION* session);  // takes ownership
  // Sets a session on the new connection, where there is one. TLS 1.3 tickets are used once (RFC
  // 8446 appendix C.4).
  void OfferTo(SSL* ssl);

 private:
  static constexpr std::size_t kMaxSessions = 4;
  struct Free {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };
  std::vector<std::unique_ptr<SSL_SESSION, Free>> sessions_;  // newest last
};

// The client side of TLS: at least 1.2, peers always verified against the system's CAs or a given
// bundle.
class TlsClient {
 public:
  // `ca_file`: PEM bundle that replaces the system's; empty: the system's.
  static absl::StatusOr<std::unique_ptr<TlsClient>> Create(const std::string& ca_file);

  boost::asio::ssl::context& context() { return context_; }

  // Sets name, verification and session of a connection about to shake hands. `sessions` outlives
  // the connection.
  static absl::Status Prepare(SSL* ssl, const core::Destination& destination,
                              TlsSessions& sessions);

  // Why the handshake failed, in OpenSSL's words: the certificate's fault where there is one.
  static std::string HandshakeError(SSL* ssl, const boost::system::error_code& error);

 private:
  TlsClient();

  boost::asio::ssl::context context_;
};

}  // namespace postern::net

#endif  // POSTERN_NET_TLS_CLIENT_H_
