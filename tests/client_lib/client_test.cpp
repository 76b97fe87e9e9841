#include "postern/client.h"

#include <arpa/inet.h>
#include <chrono>
#include <future>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "fake_gate.h"

namespace postern {
namespace {

using test::FakeGate;
using namespace std::chrono_literals;

Batch BatchOf(int items) {
  Batch batch;
  for (int i = 0; i < items; ++i) {
    batch.Add("http://origin.test/")
        .Id("item-" + std::to_string(i))
        .Body("body-" + std::to_string(i));
  }
  return batch;
}

// Answers the first item, then holds the call until the client is gone; `held` is set when it
// holds, `released` when the client's cancellation has arrived.
FakeGate::Script AnswerFirstThenHold(std::promise<void>& held, std::promise<void>& released) {
  return [&held, &released](grpc::ServerContext& context, const v1::PostBatchRequest& request,
                            FakeGate::Writer& writer) {
    v1::PostBatchResponse message;
    message.add_results()->set_id(request.items(0).id());
    writer.Write(message);
    held.set_value();
    while (!context.IsCancelled()) std::this_thread::yield();
    released.set_value();
    return grpc::Status::CANCELLED;
  };
}

TEST(ClientTest, EveryItemGetsItsResult) {
  FakeGate gate(FakeGate::Echo());
  Client client(gate.target());
  BatchCall call = client.PostBatch(BatchOf(50));
  std::vector<std::string> bodies(50);
  for (const ItemResult& result : call) {
    EXPECT_EQ(result.id(), "item-" + std::to_string(result.index()));
    bodies.at(result.index()) = result.response().body();
  }
  EXPECT_TRUE(call.Finish().ok());
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(bodies[static_cast<std::size_t>(i)], "body-" + std::to_string(i));
}

TEST(ClientTest, ResultsOfOneMessageComeOneByOne) {
  FakeGate gate([](grpc::ServerContext&, const v1::PostBatchRequest&, FakeGate::Writer& writer) {
    v1::PostBatchResponse message;
    for (const char* id : {"a", "b", "c"}) message.add_results()->set_id(id);
    writer.Write(v1::PostBatchResponse());
    writer.Write(message);
    return grpc::Status::OK;
  });
  Client client(gate.target());
  BatchCall call = client.PostBatch(BatchOf(3));
  EXPECT_EQ(call.Next()->id(), "a");
  EXPECT_EQ(call.Next()->id(), "b");
  EXPECT_EQ(call.Next()->id(), "c");
  EXPECT_FALSE(call.Next().has_value());
  EXPECT_FALSE(call.Next().has_value());
  EXPECT_TRUE(call.Finish().ok());
  EXPECT_TRUE(call.Finish().ok());
}

TEST(ClientTest, MessagesOverGrpcsUsualLimitPassBothWays) {
  FakeGate gate(FakeGate::Echo());
  Client client(gate.target());
  const std::string body(std::size_t{9} << 20, 'x');
  Batch batch;
  batch.Add("http://origin.test/").Body(body);
  BatchCall call = client.PostBatch(batch);
  const std::optional<ItemResult> result = call.Next();
  EXPECT_TRUE(call.Finish().ok());
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->response().body() == body);
}

TEST(ClientTest, FinishDropsResultsThatWereNotTaken) {
  FakeGate gate(FakeGate::Echo());
  Client client(gate.target());
  BatchCall call = client.PostBatch(BatchOf(10));
  EXPECT_TRUE(call.Next().has_value());
  EXPECT_TRUE(call.Finish().ok());
  EXPECT_FALSE(call.Next().has_value());
}

TEST(ClientTest, CancelFromAnotherThreadEndsTheCallOnBothSides) {
  std::promise<void> held;
  std::promise<void> released;
  FakeGate gate(AnswerFirstThenHold(held, released));
  Client client(gate.target());
  BatchCall call = client.PostBatch(BatchOf(2));
  EXPECT_EQ(call.Next()->id(), "item-0");
  held.get_future().wait();
  std::thread canceller([&call] { call.Cancel(); });
  EXPECT_FALSE(call.Next().has_value());
  canceller.join();
  EXPECT_EQ(call.Finish().code(), absl::StatusCode::kCancelled);
  released.get_future().wait();
  call.Cancel();
}

TEST(ClientTest, DestroyingAnUnfinishedCallCancelsIt) {
  std::promise<void> held;
  std::promise<void> released;
  FakeGate gate(AnswerFirstThenHold(held, released));
  Client client(gate.target());
  {
    BatchCall call = client.PostBatch(BatchOf(2));
    EXPECT_TRUE(call.Next().has_value());
    held.get_future().wait();
  }
  released.get_future().wait();
}

TEST(ClientTest, AssigningOverAnUnfinishedCallCancelsIt) {
  std::promise<void> held;
  std::promise<void> released;
  FakeGate gate(AnswerFirstThenHold(held, released));
  FakeGate other_gate(FakeGate::Echo());
  BatchCall call = Client(gate.target()).PostBatch(BatchOf(2));
  held.get_future().wait();
  call = Client(other_gate.target()).PostBatch(BatchOf(1));
  released.get_future().wait();
  EXPECT_EQ(call.Next()->response().status(), 200);
  EXPECT_TRUE(call.Finish().ok());
}

TEST(ClientTest, TheTimeoutEndsTheCall) {
  std::promise<void> held;
  std::promise<void> released;
  FakeGate gate(AnswerFirstThenHold(held, released));
  Client client(gate.target());
  BatchCall call = client.PostBatch(BatchOf(2), {.timeout = 100ms});
  EXPECT_EQ(call.Finish().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(ClientTest, TheLongestTimeoutMeansNever) {
  FakeGate gate(FakeGate::Echo());
  Client client(gate.target());
  BatchCall call = client.PostBatch(BatchOf(1), {.timeout = std::chrono::nanoseconds::max()});
  EXPECT_TRUE(call.Finish().ok());
}

TEST(ClientTest, WithoutAGateTheCallIsUnavailable) {
  FakeGate gate(FakeGate::Echo());
  gate.Stop();
  Client client(gate.target());
  BatchCall call = client.PostBatch(BatchOf(1));
  EXPECT_FALSE(call.Next().has_value());
  EXPECT_EQ(call.Finish().code(), absl::StatusCode::kUnavailable);
}

// A port that takes connections and never says a word.
class SilentListener {
 public:
  SilentListener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(fd_, 1), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    target_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~SilentListener() { close(fd_); }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;

  const std::string& target() const { return target_; }

 private:
  int fd_;
  std::string target_;
};

TEST(ClientTest, ACallToAGateThatHangsCanBeCancelled) {
  SilentListener listener;
  Client client(listener.target());
  BatchCall call = client.PostBatch(BatchOf(1));
  call.Cancel();
  EXPECT_EQ(call.Finish().code(), absl::StatusCode::kCancelled);
}

TEST(ClientTest, TheTimeoutCoversConnecting) {
  SilentListener listener;
  Client client(listener.target());
  BatchCall call = client.PostBatch(BatchOf(1), {.timeout = 50ms});
  EXPECT_EQ(call.Finish().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(ClientTest, AGateThatGoesAwayEndsTheCall) {
  std::promise<void> held;
  std::promise<void> released;
  FakeGate gate(AnswerFirstThenHold(held, released));
  Client client(gate.target());
  BatchCall call = client.PostBatch(BatchOf(2));
  EXPECT_TRUE(call.Next().has_value());
  held.get_future().wait();
  gate.Stop();
  EXPECT_FALSE(call.Next().has_value());
  EXPECT_FALSE(call.Finish().ok());
}

TEST(ClientTest, MissingResultsAreNotTakenForSuccess) {
  FakeGate gate([](grpc::ServerContext&, const v1::PostBatchRequest&, FakeGate::Writer&) {
    return grpc::Status::OK;
  });
  Client client(gate.target());
  EXPECT_EQ(client.PostBatch(BatchOf(1)).Finish().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(client.PostBatch(Batch()).Finish().ok());
}

TEST(ClientTest, CodeAndTextOfARefusalArrive) {
  FakeGate gate([](grpc::ServerContext&, const v1::PostBatchRequest&, FakeGate::Writer&) {
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "come back later");
  });
  Client client(gate.target());
  EXPECT_EQ(client.PostBatch(BatchOf(1)).Finish(), absl::ResourceExhaustedError("come back later"));
}

TEST(ClientTest, OneClientServesManyThreads) {
  FakeGate gate(FakeGate::Echo());
  Client client(gate.target());
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&client] { EXPECT_TRUE(client.PostBatch(BatchOf(20)).Finish().ok()); });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(ClientTest, ACallOutlivesItsClient) {
  FakeGate gate(FakeGate::Echo());
  BatchCall call = Client(gate.target()).PostBatch(BatchOf(3));
  EXPECT_TRUE(call.Finish().ok());
}

}  // namespace
}  // namespace postern
