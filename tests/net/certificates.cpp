#include "certificates.h"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace postern::test {
namespace {

constexpr long kSecondsPerDay = 24 * 60 * 60;

void AddExtension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  ASSERT_NE(extension, nullptr) << value;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

OpensslPtr<EVP_PKEY> MakeKey() { return OpensslPtr<EVP_PKEY>(EVP_EC_gen("P-256")); }

// A certificate for the key, not signed yet.
OpensslPtr<X509> MakeCertificate(EVP_PKEY* key, const CertificateOptions& options) {
  static long serial = 0;
  OpensslPtr<X509> certificate(X509_new());
  constexpr long kVersion3 = 2;
  X509_set_version(certificate.get(), kVersion3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), options.from_days * kSecondsPerDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), options.until_days * kSecondsPerDay);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(options.common_name.c_str()),
                             -1, -1, 0);
  X509_set_pubkey(certificate.get(), key);
  if (!options.alternative_names.empty())
    AddExtension(certificate.get(), NID_subject_alt_name, options.alternative_names);
  return certificate;
}

OpensslPtr<SSL_CTX> MakeContext(EVP_PKEY* key, X509* certificate) {
  OpensslPtr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
  EXPECT_EQ(SSL_CTX_use_certificate(context.get(), certificate), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context.get(), key), 1);
  return context;
}

}  // namespace

Authority::Authority() : key_(MakeKey()) {
  certificate_ = MakeCertificate(key_.get(), {.common_name = "Test authority"});
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  AddExtension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate_.get(), key_.get(), EVP_sha256());

  std::string path = testing::TempDir() + "authority-XXXXXX";
  const int fd = ::mkstemp(path.data());
  std::FILE* const file = ::fdopen(fd, "w");
  PEM_write_X509(file, certificate_.get());
  std::fclose(file);
  file_ = {new std::string(path), [](const std::string* name) {
             ::unlink(name->c_str());
             delete name;
           }};
}

OpensslPtr<SSL_CTX> Authority::MakeServer(const CertificateOptions& options) const {
  const OpensslPtr<EVP_PKEY> key = MakeKey();
  const OpensslPtr<X509> certificate = MakeCertificate(key.get(), options);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  return MakeContext(key.get(), certificate.get());
}

OpensslPtr<SSL_CTX> Authority::MakeSelfSignedServer(const CertificateOptions& options) {
  const OpensslPtr<EVP_PKEY> key = MakeKey();
  const OpensslPtr<X509> certificate = MakeCertificate(key.get(), options);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  return MakeContext(key.get(), certificate.get());
}

}  // namespace postern::test
