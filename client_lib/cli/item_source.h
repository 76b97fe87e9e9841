#ifndef POSTERN_CLI_ITEM_SOURCE_H_
#define POSTERN_CLI_ITEM_SOURCE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "cli/line_reader.h"
#include "postern/types.h"

namespace postern::cli {

// Where the items of a run come from.
class ItemSource {
 public:
  enum class Event { kItem, kNothingYet, kEnd };

  virtual ~ItemSource() = default;

  // item, index: set with kItem. After kNothingYet: wait until wait_fd() is readable.
  virtual Event Next(Item* item, std::uint64_t* index) = 0;
  virtual int wait_fd() const = 0;
  // Items in all, where known or to be guessed by now.
  virtual std::optional<std::uint64_t> total() const = 0;
};

// One item, several times over.
class RepeatedItem : public ItemSource {
 public:
  RepeatedItem(Item item, std::uint64_t times) : item_(std::move(item)), times_(times) {}

  Event Next(Item* item, std::uint64_t* index) override;
  int wait_fd() const override { return -1; }
  std::optional<std::uint64_t> total() const override { return times_; }

 private:
  Item item_;
  std::uint64_t times_;
  std::uint64_t given_ = 0;
};

// One item for each line that is not blank; the index counts these lines, bad ones too, from 0.
class ItemLines : public ItemSource {
 public:
  // Told of each bad line. line: from 1, as editors count; 0 where reading itself failed.
  using BadLineHandler = std::function<void(std::uint64_t line, const std::string& reason)>;

  // fd is not owned. defaults: what the items will inherit.
  ItemLines(int fd, Item defaults, BadLineHandler on_bad_line);

  Event Next(Item* item, std::uint64_t* index) override;
  int wait_fd() const override { return reader_.fd(); }
  std::optional<std::uint64_t> total() const override;

 private:
  LineReader reader_;
  Item defaults_;
  BadLineHandler on_bad_line_;
  // Of a regular file; 0 for anything else.
  std::uint64_t file_bytes_;
  std::uint64_t lines_ = 0;
  std::uint64_t indexes_ = 0;
  std::uint64_t items_ = 0;
  bool at_end_ = false;
};

}  // namespace postern::cli

#endif  // POSTERN_CLI_ITEM_SOURCE_H_
