#ifndef POSTERN_TESTS_NET_SCRIPTED_ORIGIN_H_
#define POSTERN_TESTS_NET_SCRIPTED_ORIGIN_H_

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sockets.h"

namespace postern::test {

// A complete response with this body.
std::string Ok(std::string_view body);

// An HTTP origin on a free port of the loopback interface whose every connection does what the
// script says, each on a thread of its own. The connection is closed when its script ends.
class ScriptedOrigin {
 public:
  class Peer {
   public:
    // The next request, its body included; empty when the gate has closed.
    std::optional<std::string> ReadRequest();
    void Write(std::string_view bytes);
    // What is sent next, a close included, is a reset.
    void ResetOnClose();
    // Reads and drops until the gate closes.
    void AwaitClose();
    // Which of the origin's connections it is, from 0.
    int number() const { return number_; }

   private:
    friend class ScriptedOrigin;
    Peer(ScriptedOrigin& origin, int fd, int number) : origin_(origin), fd_(fd), number_(number) {}

    ScriptedOrigin& origin_;
    const int fd_;
    const int number_;
    std::string buffer_;
  };
  using Script = std::function<void(Peer&)>;

  explicit ScriptedOrigin(Script script);
  ~ScriptedOrigin();  // cuts all connections
  ScriptedOrigin(const ScriptedOrigin&) = delete;
  ScriptedOrigin& operator=(const ScriptedOrigin&) = delete;

  // Answers each request with 200 and the request's target as body, and keeps the connection.
  static Script Echo();

  // "http://127.0.0.1:PORT" and the path.
  std::string Url(std::string_view path) const;
  const core::Endpoint& endpoint() const { return listener_.endpoint(); }

  int connections() const;  // accepted so far
  int most_open() const;    // at a time
  // Request lines in order of arrival.
  std::vector<std::string> requests() const;

  // Each waits for something to come true; a test failure when it does not.
  void AwaitRequests(std::size_t count);
  void AwaitAllClosed();
  // Lets every script that waits in it go on.
  void OpenGate();
  void AwaitGate();

 private:
  void Accept();
  void Await(const std::function<bool()>& condition);

  const Script script_;
  const Listener listener_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<std::thread> threads_;
  std::vector<int> open_;
  std::vector<std::string> requests_;
  int connections_ = 0;
  int most_open_ = 0;
  bool gate_open_ = false;
  bool stopping_ = false;
  std::thread accepting_;
};

}  // namespace postern::test

#endif  // POSTERN_TESTS_NET_SCRIPTED_ORIGIN_H_
