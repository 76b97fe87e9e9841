#ifndef POSTERN_NET_READ_BUFFER_H_
#define POSTERN_NET_READ_BUFFER_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace postern::net {

// Bytes read and not yet used, contiguous. Grows when a response head does not fit, and goes back
// to its first size once it is empty.
class ReadBuffer {
 public:
  static constexpr std::size_t kInitialBytes = 8 * 1024;

  std::string_view data() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }

  // Free space after the data, at least half of the initial size.
  char* Prepare(std::size_t& space) {
    if (begin_ == end_) Reset();
    if (capacity_ - end_ < kInitialBytes / 2) Reallocate();
    space = capacity_ - end_;
    return bytes_.get() + end_;
  }
  void Commit(std::size_t bytes) { end_ += bytes; }
  void Consume(std::size_t bytes) { begin_ += bytes; }

 private:
  void Reset() {
    begin_ = end_ = 0;
    if (capacity_ == kInitialBytes) return;
    capacity_ = kInitialBytes;
    bytes_ = std::make_unique_for_overwrite<char[]>(capacity_);
  }
  void Reallocate() {
    const std::size_t used = end_ - begin_;
    const std::size_t capacity = std::max(kInitialBytes, used * 2);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    std::memcpy(larger.get(), bytes_.get() + begin_, used);
    bytes_ = std::move(larger);
    capacity_ = capacity;
    begin_ = 0;
    end_ = used;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace postern::net

#endif  // POSTERN_NET_READ_BUFFER_H_
