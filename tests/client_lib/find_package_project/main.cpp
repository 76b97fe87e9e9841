// Sends a batch to a gate that is not there, which takes all of the library: exit status 0 where it
// says so.
#include <chrono>
#include <iostream>

#include <postern/client.h>

int main() {
  using namespace std::chrono_literals;
  postern::Client client("unix:/nowhere/postern.sock");
  postern::Batch batch;
  batch.Add("https://origin.test/").Id("1").Body("hello").Timeout(2s);
  postern::BatchCall call = client.PostBatch(batch, {.timeout = 30s});
  for (const postern::ItemResult& result : call) std::cout << result.id() << "\n";
  const absl::Status status = call.Finish();
  std::cout << status << "\n";
  return status.code() == absl::StatusCode::kUnavailable ? 0 : 1;
}
