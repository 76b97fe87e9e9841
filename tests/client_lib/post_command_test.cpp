// The program itself against a gate of the test: what it prints, when, and how it ends.
#include <algorithm>
#include <atomic>
#include <future>
#include <signal.h>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "child_process.h"
#include "fake_gate.h"

namespace postern {
namespace {

using test::ChildProcess;
using test::FakeGate;

std::vector<std::string> Post(const FakeGate& gate, std::vector<std::string> arguments) {
  std::vector<std::string> command = {POSTERN_PROGRAM, "post", "--target", gate.target()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

std::size_t LinesOf(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Answers with the status that the item's URL consists of; 0 makes a failure.
FakeGate::Script StatusFromUrl() {
  return [](grpc::ServerContext&, const v1::PostBatchRequest& request, FakeGate::Writer& writer) {
    v1::PostBatchResponse message;
    for (int i = 0; i < request.items_size(); ++i) {
      const unsigned status = static_cast<unsigned>(std::stoul(request.items(i).url()));
      v1::ItemResult* result = message.add_results();
      result->set_index(static_cast<std::uint64_t>(i));
      if (status == 0) {
        result->mutable_failure()->set_code(v1::FAILURE_CODE_DNS);
      } else {
        result->mutable_response()->set_status(status);
      }
    }
    writer.Write(message);
    return grpc::Status::OK;
  };
}

TEST(PostCommandTest, OneRequestPrintsOneResultAndASummary) {
  FakeGate gate(FakeGate::Echo());
  ChildProcess postern(Post(gate, {"http://origin.test/", "-d", "hello", "--id", "a"}));
  EXPECT_EQ(postern.Finish(), 0);
  EXPECT_EQ(postern.rest_of_output(),
            R"({"id":"a","index":0,"status":200,"headers":[],"body":"hello",)"
            "\"body_truncated\":false,\"attempts\":[]}\n");
  EXPECT_EQ(postern.rest_of_error().rfind("1 result in ", 0), 0);
}

TEST(PostCommandTest, OptionsMakeTheItem) {
  std::promise<v1::Item> received;
  FakeGate gate([&received](grpc::ServerContext& context, const v1::PostBatchRequest& request,
                            FakeGate::Writer& writer) {
    received.set_value(request.items(0));
    return FakeGate::Echo()(context, request, writer);
  });
  ChildProcess postern(
      Post(gate, {"-s", "-X", "PUT", "-H", "a: 1", "-H", "b:2", "http://origin.test/", "--timeout",
                  "2s", "--attempt-timeout", "0.5", "--idempotency-key", "k", "--body-mode",
                  "truncate", "--max-body", "1k"}));
  EXPECT_EQ(postern.Finish(), 0);
  EXPECT_EQ(postern.rest_of_error(), "");
  const v1::Item item = received.get_future().get();
  EXPECT_EQ(item.url(), "http://origin.test/");
  EXPECT_EQ(item.method(), "PUT");
  ASSERT_EQ(item.headers_size(), 2);
  EXPECT_EQ(item.headers(1).name(), "b");
  EXPECT_EQ(item.headers(1).value(), "2");
  EXPECT_EQ(item.timeout().seconds(), 2);
  EXPECT_EQ(item.attempt_timeout().nanos(), 500'000'000);
  EXPECT_EQ(item.idempotency_key(), "k");
  EXPECT_EQ(item.response_body().mode(), v1::ResponseBodyPolicy::MODE_TRUNCATE);
  EXPECT_EQ(item.response_body().max_bytes(), 1024);
}

TEST(PostCommandTest, WithItemsTheOptionsBecomeDefaults) {
  std::promise<v1::Item> received;
  FakeGate gate([&received](grpc::ServerContext& context, const v1::PostBatchRequest& request,
                            FakeGate::Writer& writer) {
    received.set_value(request.defaults());
    return FakeGate::Echo()(context, request, writer);
  });
  ChildProcess postern(Post(gate, {"http://origin.test/", "-X", "PATCH", "--items", "-", "-s"}));
  postern.Write("{\"body\":\"x\"}\n");
  EXPECT_EQ(postern.Finish(), 0);
  const v1::Item defaults = received.get_future().get();
  EXPECT_EQ(defaults.url(), "http://origin.test/");
  EXPECT_EQ(defaults.method(), "PATCH");
  EXPECT_NE(postern.rest_of_output().find("\"body\":\"x\""), std::string::npos);
}

TEST(PostCommandTest, APipeSeesResultsBeforeItsEnd) {
  FakeGate gate(FakeGate::Echo());
  ChildProcess postern(Post(gate, {"--items", "-", "-s"}));
  for (const char* id : {"a", "b", "c"}) {
    postern.Write("{\"id\":\"" + std::string(id) + "\"}\n");
    EXPECT_EQ(postern.ReadLine().substr(0, 10), "{\"id\":\"" + std::string(id) + "\",");
  }
  EXPECT_EQ(postern.Finish(), 0);
}

TEST(PostCommandTest, ManyItemsGetTheirResults) {
  FakeGate gate(FakeGate::Echo());
  ChildProcess postern(Post(gate, {"http://origin.test/", "--repeat", "2500", "-s"}));
  EXPECT_EQ(postern.Finish(), 0);
  EXPECT_EQ(LinesOf(postern.rest_of_output()), 2500);
}

TEST(PostCommandTest, BadLinesAreReportedAndTheRestRuns) {
  FakeGate gate(FakeGate::Echo());
  ChildProcess postern(Post(gate, {"--items", "-"}));
  postern.Write("{\"id\":\"a\"}\n\n{\"id\":7}\n{\"id\":\"b\"}\n");
  EXPECT_EQ(postern.Finish(), 2);
  EXPECT_EQ(LinesOf(postern.rest_of_output()), 2);
  EXPECT_NE(postern.rest_of_error().find("postern: <stdin>:3: id: must be a string\n"),
            std::string::npos);
  EXPECT_NE(postern.rest_of_error().find("bad lines  1\n"), std::string::npos);
}

TEST(PostCommandTest, StrictSendsNothingWhereALineIsBad) {
  std::atomic<int> calls = 0;
  FakeGate gate([&calls](grpc::ServerContext& context, const v1::PostBatchRequest& request,
                         FakeGate::Writer& writer) {
    ++calls;
    return FakeGate::Echo()(context, request, writer);
  });
  ChildProcess bad(Post(gate, {"--items", "-", "--strict"}));
  bad.Write("{\"id\":\"a\"}\n{\"id\":7}\n");
  EXPECT_EQ(bad.Finish(), 2);
  EXPECT_EQ(bad.rest_of_output(), "");
  EXPECT_EQ(bad.rest_of_error(),
            "postern: <stdin>:2: id: must be a string\npostern: nothing was sent: bad lines: 1\n");
  EXPECT_EQ(calls, 0);

  ChildProcess good(Post(gate, {"--items", "-", "--strict"}));
  good.Write("{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
  EXPECT_EQ(good.Finish(), 0);
  EXPECT_EQ(LinesOf(good.rest_of_output()), 2);
}

TEST(PostCommandTest, ResponsesOfAnyStatusSucceedUnlessFailIsGiven) {
  FakeGate gate(StatusFromUrl());
  EXPECT_EQ(ChildProcess(Post(gate, {"500"})).Finish(), 0);
  EXPECT_EQ(ChildProcess(Post(gate, {"500", "--fail"})).Finish(), 3);
  EXPECT_EQ(ChildProcess(Post(gate, {"399", "--fail"})).Finish(), 0);
  EXPECT_EQ(ChildProcess(Post(gate, {"0"})).Finish(), 3);
}

TEST(PostCommandTest, WithoutAGateItSaysWhatToDo) {
  FakeGate gate(FakeGate::Echo());
  gate.Stop();
  ChildProcess postern(Post(gate, {"http://origin.test/", "--repeat", "3"}));
  EXPECT_EQ(postern.Finish(), 4);
  EXPECT_EQ(postern.rest_of_output(), "");
  const std::string& error = postern.rest_of_error();
  EXPECT_NE(error.find("no working connection to the gate at " + gate.target()), std::string::npos);
  EXPECT_NE(error.find("Is posternd running there?"), std::string::npos);
  EXPECT_NE(error.find("no result  3\n"), std::string::npos);
}

TEST(PostCommandTest, AFailedCallEndsTheReading) {
  FakeGate gate([](grpc::ServerContext&, const v1::PostBatchRequest&, FakeGate::Writer&) {
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too busy");
  });
  ChildProcess postern(Post(gate, {"--items", "-"}));
  // The input stays open: it must end all the same.
  postern.Write("{}\n");
  EXPECT_EQ(postern.ReadErrorLine(), "postern: the call to the gate at " + gate.target() +
                                         " failed: RESOURCE_EXHAUSTED: too busy");
  EXPECT_EQ(postern.Finish(), 4);
}

TEST(PostCommandTest, TheRpcTimeoutEndsACall) {
  FakeGate gate([](grpc::ServerContext& context, const v1::PostBatchRequest&, FakeGate::Writer&) {
    while (!context.IsCancelled()) std::this_thread::yield();
    return grpc::Status::CANCELLED;
  });
  ChildProcess postern(Post(gate, {"http://origin.test/", "--rpc-timeout", "50ms"}));
  EXPECT_EQ(postern.Finish(), 4);
  EXPECT_EQ(postern.rest_of_error().rfind(
                "postern: the gate did not finish within --rpc-timeout 50ms\n", 0),
            0);
}

TEST(PostCommandTest, AnInterruptEndsItWithTheSummaryOfWhatWasDone) {
  FakeGate gate(FakeGate::Echo());
  ChildProcess postern(Post(gate, {"--items", "-"}));
  postern.Write("{}\n");
  EXPECT_NE(postern.ReadLine(), "");
  postern.Signal(SIGINT);
  EXPECT_EQ(postern.ReadErrorLine(), "postern: interrupted");
  EXPECT_EQ(postern.Finish(), 128 + SIGINT);
  EXPECT_EQ(postern.rest_of_error().rfind("1 result in ", 0), 0);
}

TEST(PostCommandTest, AnInterruptCancelsWhatIsUnderWay) {
  std::atomic<bool> cancelled = false;
  FakeGate gate([&cancelled](grpc::ServerContext& context, const v1::PostBatchRequest&,
                             FakeGate::Writer& writer) {
    v1::PostBatchResponse message;
    message.add_results()->mutable_response()->set_status(200);
    writer.Write(message);
    while (!context.IsCancelled()) std::this_thread::yield();
    cancelled = true;
    return grpc::Status::CANCELLED;
  });
  ChildProcess postern(Post(gate, {"http://origin.test/", "--repeat", "5"}));
  EXPECT_NE(postern.ReadLine(), "");
  postern.Signal(SIGTERM);
  EXPECT_EQ(postern.Finish(), 128 + SIGTERM);
  EXPECT_NE(postern.rest_of_error().find("no result  4\n"), std::string::npos);
  gate.Stop();
  EXPECT_TRUE(cancelled);
}

TEST(PostCommandTest, AClosedOutputEndsIt) {
  FakeGate gate(FakeGate::Echo());
  ChildProcess postern(Post(gate, {"--items", "-"}));
  postern.CloseOutput();
  postern.Write("{}\n");
  EXPECT_EQ(postern.ReadErrorLine(), "postern: cannot write results: Broken pipe");
  EXPECT_EQ(postern.Finish(), 5);
}

TEST(PostCommandTest, WrongUsageSendsNothing) {
  std::atomic<int> calls = 0;
  FakeGate gate([&calls](grpc::ServerContext&, const v1::PostBatchRequest&, FakeGate::Writer&) {
    ++calls;
    return grpc::Status::OK;
  });
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"http://a/", "--timeout", "soon"},
      {"http://a/", "--nonsense"},
      {"http://a/", "-H", "no colon"},
      {"http://a/", "--repeat", "0"},
      {"http://a/", "--strict"},
      {"http://a/", "--color", "blue"},
      {"http://a/", "-d", "@/does/not/exist"},
      {"http://a/\xff"},
      {"--items", "/does/not/exist"},
      {"--items", "-", "--repeat", "2"},
  };
  for (const std::vector<std::string>& arguments : wrong) {
    ChildProcess postern(Post(gate, arguments));
    EXPECT_EQ(postern.Finish(), 1) << testing::PrintToString(arguments);
    EXPECT_EQ(postern.rest_of_error().rfind("postern", 0), 0) << postern.rest_of_error();
  }
  EXPECT_EQ(calls, 0);
}

TEST(PostCommandTest, HelpAndVersionSucceed) {
  ChildProcess help({POSTERN_PROGRAM, "post", "--help"});
  EXPECT_EQ(help.Finish(), 0);
  EXPECT_NE(help.rest_of_output().find("Exit status:"), std::string::npos);
  ChildProcess version({POSTERN_PROGRAM, "--version"});
  EXPECT_EQ(version.Finish(), 0);
  EXPECT_EQ(version.rest_of_output(), "postern " POSTERN_VERSION "\n");
}

}  // namespace
}  // namespace postern
