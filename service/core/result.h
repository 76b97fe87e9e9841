#ifndef POSTERN_CORE_RESULT_H_
#define POSTERN_CORE_RESULT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.h"
#include "core/ip_address.h"
#include "core/time.h"

namespace postern::core {

// Response headers in order of arrival: one block of bytes and where each field ends, so that a
// response costs two allocations and not two for each field.
class HeaderList {
 public:
  void Add(std::string_view name, std::string_view value) {
    bytes_.append(name).append(value);
    fields_.push_back(
        {static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())});
  }
  void Clear() {
    bytes_.clear();
    fields_.clear();
  }
  std::size_t size() const { return fields_.size(); }

  template <typename Visitor>  // (std::string_view name, std::string_view value)
  void ForEach(Visitor&& visit) const {
    std::string_view rest = bytes_;
    for (const Field& field : fields_) {
      visit(rest.substr(0, field.name_size), rest.substr(field.name_size, field.value_size));
      rest.remove_prefix(field.name_size + field.value_size);
    }
  }

 private:
  struct Field {
    std::uint32_t name_size;
    std::uint32_t value_size;
  };
  std::string bytes_;
  std::vector<Field> fields_;
};

struct Response {
  unsigned status = 0;
  HeaderList headers;
  std::string body;
  bool body_truncated = false;
};

// Time spent in each phase of one attempt; zero where the phase did not occur.
struct PhaseTimes {
  Duration queue{0};
  Duration dns{0};
  Duration connect{0};
  Duration tls{0};
  Duration send{0};
  Duration wait{0};
  Duration receive{0};
};

struct Attempt {
  unsigned status = 0;                       // 0 where no status line was read
  FailureCode failure = FailureCode::kNone;  // kNone where a complete response was read
  Phase phase = Phase::kNone;                // where the attempt ended
  bool connection_reused = false;            //
  std::optional<Endpoint> remote;            // dialled
  PhaseTimes times;
};

// What became of one item: a response, or a failure where its code is not kNone.
struct Result {
  Response response;
  Failure failure;
  std::vector<Attempt> attempts;  // oldest first; empty where nothing was attempted
};

}  // namespace postern::core

#endif  // POSTERN_CORE_RESULT_H_
