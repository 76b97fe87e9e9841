#include "net/tls_client.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "core/ip_address.h"

namespace postern::net {
namespace {

constexpr unsigned char kAlpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int SessionsIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int OnNewSession(SSL* ssl, SSL_SESSION* session) {
  auto* sessions = static_cast<TlsSessions*>(SSL_get_ex_data(ssl, SessionsIndex()));
  if (sessions == nullptr) return 0;  // not taken: OpenSSL frees it
  sessions->Put(session);
  return 1;
}

std::string LastOpensslError() {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  return text;
}

}  // namespace

void TlsSessions::Put(SSL_SESSION* session) {
  if (sessions_.size() == kMaxSessions) sessions_.erase(sessions_.begin());
  sessions_.emplace_back(session);
}

void TlsSessions::OfferTo(SSL* ssl) {
  if (sessions_.empty()) return;
  SSL_set_session(ssl, sessions_.back().get());
  if (SSL_SESSION_get_protocol_version(sessions_.back().get()) >= TLS1_3_VERSION)
    sessions_.pop_back();
}

TlsClient::TlsClient() : context_(boost::asio::ssl::context::tls_client) {}

absl::StatusOr<std::unique_ptr<TlsClient>> TlsClient::Create(const std::string& ca_file) {
  std::unique_ptr<TlsClient> self(new TlsClient());
  SSL_CTX* context = self->context_.native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // idle connections give their buffers back
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &OnNewSession);
  if (SSL_CTX_set_alpn_protos(context, kAlpn, sizeof kAlpn) != 0) {
    return absl::InternalError("ALPN: " + LastOpensslError());
  }
  if (ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1)
      return absl::InternalError("system CAs: " + LastOpensslError());
  } else if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError("CA file " + ca_file +
                                      " is missing or holds no PEM certificate");
  }
  return self;
}

absl::Status TlsClient::Prepare(SSL* ssl, const core::Destination& destination,
                                TlsSessions& sessions) {
  SSL_set_ex_data(ssl, SessionsIndex(), &sessions);
  const char* host = destination.host.c_str();
  bool set;
  if (core::IpAddress::Parse(destination.host)) {
    set = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) ==
          1;  // no SNI: RFC 6066 section 3
  } else {
    // Only subject alternative names count, and a wildcard stands for a whole label (RFC 6125, RFC
    // 9525).
    SSL_set_hostflags(ssl,
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    set = SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
  }
  if (!set) return absl::InternalError("TLS set-up: " + LastOpensslError());
  sessions.OfferTo(ssl);
  return absl::OkStatus();
}

std::string TlsClient::HandshakeError(SSL* ssl, const boost::system::error_code& error) {
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict != X509_V_OK)
    return std::string("certificate refused: ") + X509_verify_cert_error_string(verdict);
  return "handshake failed: " + error.message();
}

}  // namespace postern::net
