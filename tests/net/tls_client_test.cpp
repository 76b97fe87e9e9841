#include "net/tls_client.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>

#include "certificates.h"

namespace postern::net {
namespace {

using core::Destination;
using test::Authority;
using test::CertificateOptions;
using test::OpensslPtr;

Destination To(const std::string& host) {
  Destination destination;
  destination.scheme = core::Scheme::kHttps;
  destination.host = host;
  destination.port = 443;
  return destination;
}

// What both sides saw of a handshake over memory.
struct Handshake {
  bool complete = false;
  bool resumed = false;
  std::string error;         // in TlsClient's words
  std::string server_name;   // as the server was told (SNI)
  bool bytes_after = false;  // whether a byte of application data passes
};

Handshake ShakeHands(TlsClient& client, SSL_CTX* server_context, const std::string& host,
                     TlsSessions& sessions) {
  constexpr std::size_t kDefaultBuffer = 0;
  const OpensslPtr<SSL> ours(SSL_new(client.context().native_handle()));
  const OpensslPtr<SSL> theirs(SSL_new(server_context));
  BIO* our_end = nullptr;
  BIO* their_end = nullptr;
  BIO_new_bio_pair(&our_end, kDefaultBuffer, &their_end, kDefaultBuffer);
  SSL_set_bio(ours.get(), our_end, our_end);
  SSL_set_bio(theirs.get(), their_end, their_end);
  EXPECT_TRUE(TlsClient::Prepare(ours.get(), To(host), sessions).ok());

  Handshake seen;
  int our_result = 0;
  int their_result = 0;
  constexpr int kMoreThanEnoughFlights = 10;
  for (int i = 0; i < kMoreThanEnoughFlights; ++i) {
    if (our_result != 1) our_result = SSL_connect(ours.get());
    if (their_result != 1) their_result = SSL_accept(theirs.get());
  }
  seen.complete = our_result == 1 && their_result == 1;
  if (!seen.complete) seen.error = TlsClient::HandshakeError(ours.get(), {});
  seen.resumed = SSL_session_reused(ours.get()) == 1;
  if (const char* name = SSL_get_servername(theirs.get(), TLSEXT_NAMETYPE_host_name))
    seen.server_name = name;
  if (!seen.complete) return seen;
  char byte = 'x';
  SSL_write(theirs.get(), &byte, 1);
  seen.bytes_after = SSL_read(ours.get(), &byte, 1) == 1;  // takes TLS 1.3's tickets in, too
  // As Channel::Close() does it: a session stays good for resumption.
  SSL_set_shutdown(ours.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_set_shutdown(theirs.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  return seen;
}

class TlsClientTest : public testing::Test {
 protected:
  void SetUp() override {
    auto client = TlsClient::Create(authority_.file());
    ASSERT_TRUE(client.ok()) << client.status();
    client_ = *std::move(client);
  }
  Handshake With(const CertificateOptions& certificate, const std::string& host) {
    TlsSessions sessions;
    return ShakeHands(*client_, authority_.MakeServer(certificate).get(), host, sessions);
  }

  Authority authority_;
  std::unique_ptr<TlsClient> client_;
};

TEST_F(TlsClientTest, TrustsACertificateOfTheGivenAuthorityForThatName) {
  const Handshake seen = With({.alternative_names = "DNS:a.test,DNS:b.test"}, "b.test");
  EXPECT_TRUE(seen.complete) << seen.error;
  EXPECT_TRUE(seen.bytes_after);
  EXPECT_EQ(seen.server_name, "b.test");
}

TEST_F(TlsClientTest, ANameMatchesByTheAlternativeNamesOnly) {
  const struct {
    const char* names;
    const char* host;
    bool trusted;
  } cases[] = {
      {"DNS:a.test", "a.test", true},
      {"DNS:A.TEST", "a.test", true},
      {"DNS:a.test", "b.test", false},
      {"DNS:a.test", "x.a.test", false},
      {"DNS:*.a.test", "x.a.test", true},
      {"DNS:*.a.test", "a.test", false},
      {"DNS:*.a.test", "x.y.a.test", false},
      {"DNS:x*.a.test", "xy.a.test", false},
      {"DNS:*", "test", false},
      {"", "test", false},  // a common name is no name (RFC 9525 section 2)
      {"IP:127.0.0.1", "127.0.0.1", true},
      {"IP:127.0.0.2", "127.0.0.1", false},
      {"DNS:127.0.0.1", "127.0.0.1", false},
      {"IP:::1", "::1", true},
      {"IP:127.0.0.1", "a.test", false},
  };
  for (const auto& c : cases) {
    const Handshake seen = With({.alternative_names = c.names}, c.host);
    EXPECT_EQ(seen.complete, c.trusted) << c.names << " for " << c.host << ": " << seen.error;
    if (!c.trusted) {
      EXPECT_TRUE(seen.error.starts_with("certificate refused: ")) << seen.error;
    }
  }
}

TEST_F(TlsClientTest, AnAddressIsNotSentAsServerName) {
  EXPECT_EQ(With({.alternative_names = "IP:127.0.0.1"}, "127.0.0.1").server_name, "");
}

TEST_F(TlsClientTest, RefusesWhatIsNotValidNow) {
  EXPECT_EQ(
      With({.alternative_names = "DNS:a.test", .from_days = -9, .until_days = -1}, "a.test").error,
      "certificate refused: certificate has expired");
  EXPECT_EQ(
      With({.alternative_names = "DNS:a.test", .from_days = 1, .until_days = 9}, "a.test").error,
      "certificate refused: certificate is not yet valid");
}

TEST_F(TlsClientTest, RefusesOtherAuthoritiesAndSelfSignedCertificates) {
  const CertificateOptions certificate{.alternative_names = "DNS:a.test"};
  TlsSessions sessions;
  const Authority other;
  EXPECT_FALSE(
      ShakeHands(*client_, other.MakeServer(certificate).get(), "a.test", sessions).complete);
  EXPECT_FALSE(
      ShakeHands(*client_, Authority::MakeSelfSignedServer(certificate).get(), "a.test", sessions)
          .complete);
  // A given bundle replaces the system's; the system's knows nothing of the test's authority.
  auto by_system = TlsClient::Create("");
  ASSERT_TRUE(by_system.ok()) << by_system.status();
  EXPECT_FALSE(ShakeHands(**by_system, authority_.MakeServer(certificate).get(), "a.test", sessions)
                   .complete);
}

TEST_F(TlsClientTest, SpeaksTls12AndNothingOlder) {
  const OpensslPtr<SSL_CTX> server = authority_.MakeServer({.alternative_names = "DNS:a.test"});
  TlsSessions sessions;
  SSL_CTX_set_max_proto_version(server.get(), TLS1_2_VERSION);
  EXPECT_TRUE(ShakeHands(*client_, server.get(), "a.test", sessions).complete);
  SSL_CTX_set_security_level(server.get(), 0);  // so that the refusal is ours
  SSL_CTX_set_min_proto_version(server.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(server.get(), TLS1_1_VERSION);
  EXPECT_FALSE(ShakeHands(*client_, server.get(), "a.test", sessions).complete);
}

TEST_F(TlsClientTest, ResumesASessionOfTheSameOriginOnly) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const OpensslPtr<SSL_CTX> server =
        authority_.MakeServer({.alternative_names = "DNS:a.test,DNS:b.test"});
    SSL_CTX_set_max_proto_version(server.get(), version);
    TlsSessions a;
    TlsSessions b;
    EXPECT_FALSE(ShakeHands(*client_, server.get(), "a.test", a).resumed);
    EXPECT_FALSE(ShakeHands(*client_, server.get(), "b.test", b).resumed)
        << "nothing of a.test is offered to b.test";
    for (int i = 0; i < 10; ++i) {
      const Handshake again = ShakeHands(*client_, server.get(), "a.test", a);
      EXPECT_TRUE(again.complete);
      EXPECT_TRUE(again.resumed) << i;
    }
  }
}

TEST_F(TlsClientTest, ATls13TicketIsOfferedOnce) {
  const OpensslPtr<SSL_CTX> server = authority_.MakeServer({.alternative_names = "DNS:a.test"});
  SSL_CTX_set_num_tickets(server.get(), 1);
  TlsSessions sessions;
  ShakeHands(*client_, server.get(), "a.test", sessions);
  const OpensslPtr<SSL> first(SSL_new(client_->context().native_handle()));
  const OpensslPtr<SSL> second(SSL_new(client_->context().native_handle()));
  sessions.OfferTo(first.get());
  sessions.OfferTo(second.get());
  EXPECT_NE(SSL_get_session(first.get()), nullptr);
  EXPECT_EQ(SSL_get_session(second.get()), nullptr);
}

TEST_F(TlsClientTest, AFailedVerificationLeavesNoSessionBehind) {
  const OpensslPtr<SSL_CTX> server = authority_.MakeServer({.alternative_names = "DNS:b.test"});
  TlsSessions sessions;
  for (int i = 0; i < 3; ++i) {
    const Handshake seen = ShakeHands(*client_, server.get(), "a.test", sessions);
    EXPECT_FALSE(seen.complete);
    EXPECT_FALSE(seen.resumed);
  }
}

TEST_F(TlsClientTest, OffersHttp11) {
  const OpensslPtr<SSL_CTX> server = authority_.MakeServer({.alternative_names = "DNS:a.test"});
  std::string offered;
  SSL_CTX_set_alpn_select_cb(
      server.get(),
      [](SSL*, const unsigned char**, unsigned char*, const unsigned char* in, unsigned size,
         void* to) {
        static_cast<std::string*>(to)->assign(reinterpret_cast<const char*>(in), size);
        return SSL_TLSEXT_ERR_NOACK;
      },
      &offered);
  TlsSessions sessions;
  EXPECT_TRUE(ShakeHands(*client_, server.get(), "a.test", sessions).complete);
  EXPECT_EQ(offered, "\x08http/1.1");
}

TEST(TlsClientCreateTest, TellsWhatIsWrongWithTheCaFile) {
  for (const char* file : {"/nonexistent/ca.pem", "/dev/null"}) {
    const auto client = TlsClient::Create(file);
    EXPECT_EQ(client.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(client.status().message(),
              "CA file " + std::string(file) + " is missing or holds no PEM certificate");
  }
}

}  // namespace
}  // namespace postern::net
