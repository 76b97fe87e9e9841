#include "rpc/server.h"

#include <filesystem>

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "fake_dispatcher.h"

namespace postern::rpc {
namespace {

grpc::Status AskCapabilities(const std::string& address) {
  const auto stub =
      v1::EgressService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  v1::GetCapabilitiesResponse capabilities;
  return stub->GetCapabilities(&context, {}, &capabilities);
}

class ServerTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Server>> Start(const std::vector<std::string>& listeners) {
    return Server::Start(listeners, settings_, dispatcher_);
  }
  static void Stop(Server& server) { server.Shutdown(std::chrono::system_clock::now()); }

  core::Settings settings_;
  test::FakeDispatcher dispatcher_;
};

TEST_F(ServerTest, ServesOnEveryListener) {
  std::string directory = testing::TempDir() + "server-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const std::string socket = "unix:" + directory + "/socket";
  auto server = Start({"127.0.0.1:0", socket});
  ASSERT_TRUE(server.ok()) << server.status();
  ASSERT_EQ((*server)->addresses().size(), 2u);
  EXPECT_NE((*server)->addresses()[0], "127.0.0.1:0") << "the port that was picked";
  EXPECT_EQ((*server)->addresses()[1], socket);
  for (const std::string& address : (*server)->addresses()) {
    EXPECT_TRUE(AskCapabilities(address).ok()) << address;
  }
  Stop(**server);
  std::filesystem::remove_all(directory);
}

TEST_F(ServerTest, AnOccupiedListenerStopsTheStart) {
  auto first = Start({"127.0.0.1:0"});
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string& taken = (*first)->addresses()[0];
  const auto second = Start({"127.0.0.1:0", taken});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(second.status().message(), "cannot listen on " + taken + ": Address already in use");
  EXPECT_TRUE(AskCapabilities(taken).ok()) << "the first one serves on";
  Stop(**first);
}

TEST_F(ServerTest, AMalformedListenerStopsTheStart) {
  EXPECT_EQ(Start({"nonsense"}).status().message(),
            "listener nonsense: expected HOST:PORT or unix:PATH");
}

}  // namespace
}  // namespace postern::rpc
