#include "child_process.h"

#include <cerrno>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace postern::test {
namespace {

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
  return {ends[0], ends[1]};
}

void Close(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

void ReadRest(int fd, std::string& text) {
  char buffer[4096];
  for (ssize_t count = 0; fd >= 0 && (count = read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> command) {
  Pipe in = MakePipe();
  Pipe out = MakePipe();
  Pipe err = MakePipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read_end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.write_end, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write_end, STDERR_FILENO);
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const int error = posix_spawn(&id_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  Close(in.read_end);
  Close(out.write_end);
  Close(err.write_end);
  input_ = in.write_end;
  output_ = out.read_end;
  error_ = err.read_end;
  if (error != 0) throw std::system_error(error, std::generic_category(), command[0]);
}

ChildProcess::~ChildProcess() {
  if (id_ > 0) {
    kill(id_, SIGKILL);
    Finish();
  }
  Close(input_);
  Close(output_);
  Close(error_);
}

void ChildProcess::Write(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = write(input_, text.data() + done, text.size() - done);
    if (count < 0) throw std::system_error(errno, std::generic_category(), "write");
    done += static_cast<std::size_t>(count);
  }
}

void ChildProcess::CloseInput() { Close(input_); }
void ChildProcess::CloseOutput() { Close(output_); }
void ChildProcess::Signal(int number) const { kill(id_, number); }

std::string ChildProcess::ReadLineFrom(int fd) {
  std::string line;
  for (char c = 0; read(fd, &c, 1) == 1 && c != '\n';) line.push_back(c);
  return line;
}

int ChildProcess::Finish() {
  CloseInput();
  std::thread error_reader([this] { ReadRest(error_, rest_of_error_); });
  ReadRest(output_, rest_of_output_);
  error_reader.join();
  int status = 0;
  waitpid(std::exchange(id_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace postern::test
