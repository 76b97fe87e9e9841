#ifndef POSTERN_TESTS_CLIENT_LIB_CHILD_PROCESS_H_
#define POSTERN_TESTS_CLIENT_LIB_CHILD_PROCESS_H_

#include <string>
#include <sys/types.h>
#include <vector>

namespace postern::test {

// A program with pipes on its standard input, output and error. Killed where it still runs at the
// end of the test.
class ChildProcess {
 public:
  explicit ChildProcess(std::vector<std::string> command);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void Write(const std::string& text);
  void CloseInput();
  // Without its end; waits for it. Empty at the end of the output.
  std::string ReadLine() { return ReadLineFrom(output_); }
  std::string ReadErrorLine() { return ReadLineFrom(error_); }
  void CloseOutput();
  void Signal(int number) const;
  // Closes the input, reads the rest of both outputs and waits for the end. Returns the exit
  // status, or for a signal its negative number.
  int Finish();

  // What Finish() read.
  const std::string& rest_of_output() const { return rest_of_output_; }
  const std::string& rest_of_error() const { return rest_of_error_; }

 private:
  static std::string ReadLineFrom(int fd);

  pid_t id_ = -1;
  int input_ = -1;
  int output_ = -1;
  int error_ = -1;
  std::string rest_of_output_;
  std::string rest_of_error_;
};

}  // namespace postern::test

#endif  // POSTERN_TESTS_CLIENT_LIB_CHILD_PROCESS_H_
