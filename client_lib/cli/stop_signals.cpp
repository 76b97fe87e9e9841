#include "cli/stop_signals.h"

#include <atomic>
#include <signal.h>

namespace postern::cli {
namespace {

constexpr int kStopSignals[] = {SIGINT, SIGTERM};

// What the handler may touch. Lock-free, so safe in a handler.
std::atomic<EventFd*> stop_event = nullptr;
std::atomic<int> caught_signal = 0;

void Remember(int signal_number) {
  caught_signal = signal_number;
  for (const int other : kStopSignals) signal(other, SIG_DFL);
  if (EventFd* event = stop_event; event != nullptr) event->Signal();
}

}  // namespace

StopSignals::StopSignals(EventFd* event) {
  caught_signal = 0;
  stop_event = event;
  for (const int number : kStopSignals) {
    struct sigaction action = {};
    action.sa_handler = Remember;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (const int number : kStopSignals) signal(number, SIG_DFL);
  stop_event = nullptr;
}

int StopSignals::caught() const { return caught_signal; }

}  // namespace postern::cli
