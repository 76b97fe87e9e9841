#ifndef POSTERN_CLI_STOP_SIGNALS_H_
#define POSTERN_CLI_STOP_SIGNALS_H_

#include "cli/event_fd.h"

namespace postern::cli {

// While it lives, the first SIGINT or SIGTERM signals the event and is remembered; a second one
// ends the process at once, as it would without this. At most one may live at a time.
class StopSignals {
 public:
  explicit StopSignals(EventFd* event);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // The signal that came, or 0.
  int caught() const;
};

}  // namespace postern::cli

#endif  // POSTERN_CLI_STOP_SIGNALS_H_
