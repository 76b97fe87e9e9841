#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>

#include "app/gate.h"
#include "app/options.h"

namespace {

using postern::app::Gate;
using postern::app::Options;

constexpr int kDrained = SIGUSR1;  // what the draining thread tells the main thread with

// Blocked everywhere and waited for in main: no handler runs at an awkward moment.
sigset_t BlockSignals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, kDrained}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

timespec ToTimespec(postern::core::Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  return {static_cast<time_t>(seconds.count()),
          static_cast<long>(std::chrono::nanoseconds(duration - seconds).count())};
}

// Drains until all is done; a second signal or the end of the grace period ends what is left.
void Drain(Gate& gate, const sigset_t& signals) {
  const pthread_t main_thread = pthread_self();
  std::thread draining([&gate, main_thread] {
    gate.Drain();
    pthread_kill(main_thread, kDrained);
  });
  const timespec grace = ToTimespec(gate.shutdown_grace());
  if (sigtimedwait(&signals, nullptr, &grace) != kDrained) gate.EndDrain();
  draining.join();
}

}  // namespace

int main(int argc, char** argv) {
  const sigset_t signals = BlockSignals();  // before any thread starts, so that all inherit it
  int exit_status = EXIT_SUCCESS;
  std::optional<Options> options = postern::app::ParseOptions(argc, argv, exit_status);
  if (!options) return exit_status;
  absl::StatusOr<std::unique_ptr<Gate>> gate = Gate::Start(*std::move(options));
  if (!gate.ok()) {
    std::cerr << "posternd: " << gate.status().message() << '\n';
    return absl::IsInvalidArgument(gate.status()) ? postern::app::kUsageError : EXIT_FAILURE;
  }
  for (const std::string& address : (*gate)->addresses())
    std::cerr << "posternd listening on " << address << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  Drain(**gate, signals);
  return EXIT_SUCCESS;
}
