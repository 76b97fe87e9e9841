#ifndef POSTERN_RPC_LISTENER_H_
#define POSTERN_RPC_LISTENER_H_

#include <string>

#include <absl/status/status.h>

namespace postern::rpc {

// Whether the text is "HOST:PORT" or "unix:PATH"; INVALID_ARGUMENT says in one line what is wrong.
absl::Status CheckListenerSyntax(const std::string& address);

// Why a server could not listen there, in one line: gRPC itself only logs it. OK where it could.
// The syntax is right. Unix sockets: a file left behind by a dead process is no obstacle, one that
// somebody serves is.
absl::Status CheckListener(const std::string& address);

// The address with the port that was picked; "unix:PATH" stays as it is.
std::string WithPort(const std::string& address, int port);

}  // namespace postern::rpc

#endif  // POSTERN_RPC_LISTENER_H_
