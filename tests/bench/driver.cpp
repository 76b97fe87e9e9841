// Keeps a gate busy and costs little itself: the same batch of POSTs again and again, several in
// flight. Prints one line of JSON: items answered with 200, and the seconds they took.
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <grpcpp/grpcpp.h>

#include "postern/v1/egress.grpc.pb.h"

namespace {

using postern::v1::EgressService;
using postern::v1::PostBatchRequest;
using postern::v1::PostBatchResponse;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string gate;
  std::string url;
  double seconds = 1;
  int body_bytes = 512;
  int batch = 1000;
  int in_flight = 4;
};

PostBatchRequest MakeBatch(const Options& options) {
  PostBatchRequest request;
  const std::string body(static_cast<std::size_t>(options.body_bytes), 'x');
  for (int i = 0; i < options.batch; ++i) {
    postern::v1::Item& item = *request.add_items();
    item.set_id(std::to_string(i));
    item.set_url(options.url);
    item.set_body(body);
  }
  return request;
}

// What all lanes share: when to stop, what was counted, who is still running.
class Run {
 public:
  Run(Clock::time_point end, int lanes) : end_(end), running_(lanes) {}

  bool IsOver() const { return Clock::now() >= end_; }

  // One lane has ended, with this many good items; an empty error means that all went well.
  void LaneEnded(std::int64_t items, const std::string& error) {
    const std::lock_guard lock(mutex_);
    items_ += items;
    if (error_.empty()) error_ = error;
    if (--running_ == 0) all_ended_.notify_one();
  }

  // Waits for every lane. Returns the first error, or an empty text.
  std::string Wait() {
    std::unique_lock lock(mutex_);
    all_ended_.wait(lock, [this] { return running_ == 0; });
    return error_;
  }

  std::int64_t items() const { return items_; }

 private:
  const Clock::time_point end_;
  std::mutex mutex_;
  std::condition_variable all_ended_;
  int running_;
  std::int64_t items_ = 0;
  std::string error_;
};

// One batch after the other.
class Lane {
 public:
  Lane(EgressService::Stub& stub, const PostBatchRequest& request, Run& run)
      : stub_(stub), request_(request), run_(run) {}

  void Start() {
    call_ = std::make_unique<Call>(*this);
    stub_.async()->PostBatch(&call_->context, &request_, call_.get());
    call_->StartRead(&response_);
    call_->StartCall();
  }

 private:
  struct Call : grpc::ClientReadReactor<PostBatchResponse> {
    explicit Call(Lane& owner) : lane(owner) {}
    void OnReadDone(bool ok) override {
      if (!ok) return;
      lane.Count();
      StartRead(&lane.response_);
    }
    void OnDone(const grpc::Status& status) override { lane.BatchEnded(status); }

    Lane& lane;
    grpc::ClientContext context;
  };

  void Count() {
    for (const postern::v1::ItemResult& result : response_.results()) {
      if (result.response().status() == 200) {
        ++answered_;
      } else if (error_.empty()) {
        error_ = result.ShortDebugString();
      }
    }
  }

  void BatchEnded(const grpc::Status& status) {
    if (!status.ok()) error_ = status.error_message();
    if (error_.empty() && answered_ != request_.items_size()) error_ = "a batch lacks results";
    items_ += answered_;
    answered_ = 0;
    if (error_.empty() && !run_.IsOver()) {
      // gRPC is done with the call once OnDone runs, so that the next one may take its place.
      Start();
    } else {
      run_.LaneEnded(items_, error_);
    }
  }

  EgressService::Stub& stub_;
  const PostBatchRequest& request_;
  Run& run_;
  std::unique_ptr<Call> call_;
  PostBatchResponse response_;
  int answered_ = 0;  // of the batch under way
  std::int64_t items_ = 0;
  std::string error_;
};

int Drive(const Options& options) {
  const auto stub =
      EgressService::NewStub(grpc::CreateChannel(options.gate, grpc::InsecureChannelCredentials()));
  const PostBatchRequest request = MakeBatch(options);
  const Clock::time_point start = Clock::now();
  Run run(start + std::chrono::duration_cast<Clock::duration>(
                      std::chrono::duration<double>(options.seconds)),
          options.in_flight);
  std::vector<std::unique_ptr<Lane>> lanes;
  for (int i = 0; i < options.in_flight; ++i) {
    lanes.emplace_back(std::make_unique<Lane>(*stub, request, run))->Start();
  }
  if (const std::string error = run.Wait(); !error.empty()) {
    std::fprintf(stderr, "bench_driver: %s\n", error.c_str());
    return 1;
  }
  const std::chrono::duration<double> seconds = Clock::now() - start;
  std::printf("{\"items\": %lld, \"seconds\": %.6f}\n", static_cast<long long>(run.items()),
              seconds.count());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Keeps a gate busy with batches of POSTs", "bench_driver");
  app.add_option("--gate", options.gate, "Address of the gate, as gRPC takes it")->required();
  app.add_option("--url", options.url, "Where every item goes")->required();
  app.add_option("--seconds", options.seconds, "New batches are started for this long");
  app.add_option("--body-bytes", options.body_bytes, "Size of every request body");
  app.add_option("--batch", options.batch, "Items in a batch");
  app.add_option("--in-flight", options.in_flight, "Batches at a time");
  CLI11_PARSE(app, argc, argv);
  return Drive(options);
}
