#include "postern/batch.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "postern/types.h"

namespace postern {
namespace {

using namespace std::chrono_literals;

TEST(BatchTest, TheBuilderSetsEveryField) {
  Batch batch;
  batch.Add("https://origin.test/a")
      .Id("7")
      .Method("PUT")
      .Header("x-a", "1")
      .Header("x-a", std::string("\xff\0", 2))
      .Body(std::string("\0\x01", 2))
      .Timeout(1500ms)
      .AttemptTimeout(2min)
      .Idempotent()
      .IdempotencyKey("key")
      .TruncateBody(10);
  ASSERT_EQ(batch.size(), 1);
  const Item& item = batch.request().items(0);
  EXPECT_EQ(item.url(), "https://origin.test/a");
  EXPECT_EQ(item.id(), "7");
  EXPECT_EQ(item.method(), "PUT");
  ASSERT_EQ(item.headers_size(), 2);
  EXPECT_EQ(item.headers(1).name(), "x-a");
  EXPECT_EQ(item.headers(1).value(), std::string("\xff\0", 2));
  EXPECT_EQ(item.body(), std::string("\0\x01", 2));
  EXPECT_EQ(item.timeout().seconds(), 1);
  EXPECT_EQ(item.timeout().nanos(), 500'000'000);
  EXPECT_EQ(item.attempt_timeout().seconds(), 120);
  EXPECT_EQ(item.idempotency(), v1::IDEMPOTENCY_IDEMPOTENT);
  EXPECT_EQ(item.idempotency_key(), "key");
  EXPECT_EQ(item.response_body().mode(), v1::ResponseBodyPolicy::MODE_TRUNCATE);
  EXPECT_EQ(item.response_body().max_bytes(), 10);
}

TEST(BatchTest, BuildersStayValidWhileItemsAreAdded) {
  Batch batch;
  ItemBuilder first = batch.Add("http://origin.test/first");
  for (int i = 0; i < 1000; ++i) batch.Add("http://origin.test/");
  first.Id("first");
  EXPECT_EQ(batch.request().items(0).id(), "first");
  EXPECT_EQ(batch.size(), 1001);
}

TEST(BatchTest, DefaultsAreNotAnItem) {
  Batch batch;
  batch.Defaults().Url("http://origin.test/").DiscardBody();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.request().defaults().url(), "http://origin.test/");
}

TEST(NameTest, IsShort) {
  EXPECT_EQ(Name(v1::FAILURE_CODE_RESPONSE_TOO_LARGE), "RESPONSE_TOO_LARGE");
  EXPECT_EQ(Name(v1::DELIVERY_NOT_SENT), "NOT_SENT");
  EXPECT_EQ(Name(v1::PHASE_BACKOFF), "BACKOFF");
}

TEST(NameTest, AValueOfANewerGateGivesItsNumber) {
  EXPECT_EQ(Name(static_cast<FailureCode>(99)), "99");
}

}  // namespace
}  // namespace postern
