#ifndef POSTERN_TESTS_NET_CERTIFICATES_H_
#define POSTERN_TESTS_NET_CERTIFICATES_H_

#include <memory>
#include <string>

#include <openssl/ssl.h>

namespace postern::test {

struct FreeOpenssl {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
template <typename T>
using OpensslPtr = std::unique_ptr<T, FreeOpenssl>;

struct CertificateOptions {
  std::string common_name = "test";
  std::string alternative_names{};  // such as "DNS:a.test,IP:127.0.0.1"; empty: none
  int from_days = -1;               // valid from, and until, counted from today
  int until_days = 1;
};

// A certificate authority made for one test.
class Authority {
 public:
  Authority();

  // A server's context with a certificate of this authority.
  OpensslPtr<SSL_CTX> MakeServer(const CertificateOptions& options) const;
  // The same, signed by itself.
  static OpensslPtr<SSL_CTX> MakeSelfSignedServer(const CertificateOptions& options);

  // Its certificate as a PEM file, which goes with it.
  const std::string& file() const { return *file_; }

 private:
  OpensslPtr<EVP_PKEY> key_;
  OpensslPtr<X509> certificate_;
  std::shared_ptr<const std::string> file_;
};

}  // namespace postern::test

#endif  // POSTERN_TESTS_NET_CERTIFICATES_H_
