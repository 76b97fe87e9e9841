#include "cli/post_command.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <memory>
#include <signal.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "cli/exit_status.h"
#include "cli/item_source.h"
#include "cli/messages.h"
#include "cli/post_run.h"

namespace postern::cli {
namespace {

constexpr std::size_t kCopyBytes = std::size_t{64} << 10;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

std::string ErrnoText() { return std::generic_category().message(errno); }

// Copies what a pipe delivers into a file without a name, so that it can be read twice in bounded
// memory. Returns the file, at its start, or null with errno set.
File Spool(int fd) {
  File file(std::tmpfile());
  std::vector<char> buffer(kCopyBytes);
  while (file != nullptr) {
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return nullptr;
    if (count == 0) break;
    const auto bytes = static_cast<std::size_t>(count);
    if (std::fwrite(buffer.data(), 1, bytes, file.get()) != bytes) return nullptr;
  }
  if (file == nullptr || std::fseek(file.get(), 0, SEEK_SET) != 0) return nullptr;
  return file;
}

// Reads all lines of a seekable file, tells about the bad ones, and goes back to where it began.
std::uint64_t CountBadLines(int fd, const PostOptions& options) {
  std::uint64_t bad_lines = 0;
  const off_t start = lseek(fd, 0, SEEK_CUR);
  ItemLines lines(fd, options.item, [&](std::uint64_t line, const std::string& reason) {
    ++bad_lines;
    std::cerr << BadLineText(options, line, reason) << "\n";
  });
  Item item;
  std::uint64_t index = 0;
  while (lines.Next(&item, &index) != ItemSource::Event::kEnd) {
  }
  lseek(fd, start, SEEK_SET);
  return bad_lines;
}

int RunLines(int fd, const PostOptions& options) {
  PostRun run(options);
  ItemLines lines(fd, options.item, [&run](std::uint64_t line, const std::string& reason) {
    run.ReportBadLine(line, reason);
  });
  return run.Run(&lines);
}

int RunLinesStrictly(int fd, const PostOptions& options) {
  const File spooled = lseek(fd, 0, SEEK_CUR) < 0 ? Spool(fd) : nullptr;
  if (spooled != nullptr) fd = fileno(spooled.get());
  if (lseek(fd, 0, SEEK_CUR) < 0) {
    std::cerr << BadLineText(options, 0, "cannot be read twice, as --strict needs: " + ErrnoText())
              << "\n";
    return kBadInput;
  }
  if (const std::uint64_t bad_lines = CountBadLines(fd, options); bad_lines > 0) {
    std::cerr << "postern: nothing was sent: bad lines: " << bad_lines << "\n";
    return kBadInput;
  }
  return RunLines(fd, options);
}

}  // namespace

int RunPost(const PostOptions& options) {
  // A closed standard output is noticed where it is written.
  signal(SIGPIPE, SIG_IGN);
  if (options.items_path.empty()) {
    PostRun run(options);
    RepeatedItem items(options.item, options.repeat);
    return run.Run(&items);
  }
  const File file(options.items_path == "-" ? nullptr
                                            : std::fopen(options.items_path.c_str(), "re"));
  if (file == nullptr && options.items_path != "-") {
    std::cerr << BadLineText(options, 0, "cannot be opened: " + ErrnoText()) << "\n";
    return kUsage;
  }
  const int fd = file == nullptr ? STDIN_FILENO : fileno(file.get());
  return options.strict ? RunLinesStrictly(fd, options) : RunLines(fd, options);
}

}  // namespace postern::cli
