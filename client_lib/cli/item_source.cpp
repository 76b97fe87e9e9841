#include "cli/item_source.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/item_json.h"

namespace postern::cli {
namespace {

std::uint64_t RegularFileBytes(int fd) {
  struct stat info = {};
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size)
                                                        : 0;
}

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

ItemSource::Event RepeatedItem::Next(Item* item, std::uint64_t* index) {
  if (given_ == times_) return Event::kEnd;
  *item = item_;
  *index = given_++;
  return Event::kItem;
}

ItemLines::ItemLines(int fd, Item defaults, BadLineHandler on_bad_line)
    : reader_(fd),
      defaults_(std::move(defaults)),
      on_bad_line_(std::move(on_bad_line)),
      file_bytes_(RegularFileBytes(fd)) {}

ItemSource::Event ItemLines::Next(Item* item, std::uint64_t* index) {
  while (!at_end_) {
    std::string_view line;
    switch (reader_.Next(&line)) {
      case LineReader::Event::kLine: {
        ++lines_;
        if (IsBlank(line)) break;
        *index = indexes_++;
        absl::StatusOr<Item> parsed = ParseItem(line, defaults_);
        if (parsed.ok()) {
          ++items_;
          *item = *std::move(parsed);
          return Event::kItem;
        }
        on_bad_line_(lines_, std::string(parsed.status().message()));
        break;
      }
      case LineReader::Event::kTooLong:
        ++indexes_;
        on_bad_line_(++lines_,
                     absl::StrCat("longer than ", LineReader::kMaxLineBytes >> 20, " MiB"));
        break;
      case LineReader::Event::kNothingYet:
        return Event::kNothingYet;
      case LineReader::Event::kError:
        on_bad_line_(
            0, absl::StrCat("cannot read: ", std::generic_category().message(reader_.error())));
        at_end_ = true;
        break;
      case LineReader::Event::kEnd:
        at_end_ = true;
        break;
    }
  }
  return Event::kEnd;
}

std::optional<std::uint64_t> ItemLines::total() const {
  if (at_end_) return items_;
  if (file_bytes_ == 0 || reader_.bytes_taken() == 0) return std::nullopt;
  // As if the rest of the file were like the part read so far.
  const double part = static_cast<double>(reader_.bytes_taken()) / static_cast<double>(file_bytes_);
  return std::max(items_, static_cast<std::uint64_t>(static_cast<double>(items_) / part));
}

}  // namespace postern::cli
